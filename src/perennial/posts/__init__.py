"""What an owner does with posts and their publications.

`posts` has the operations on posts, `publications` those on a single publication, `cloning` copies posts, and
`scheduling` decides at which times a post or a clone is published. The package may use those before it in the list.
Begin reading with `posts`.
"""
