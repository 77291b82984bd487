"""What an owner does with posts and their publications.

`posts` are the operations on posts, `publications` those on a single publication, `cloning` copies a post, and
`scheduling` decides at which times a post or a clone goes out. It may use the packages before it in the list. Begin
reading with `posts`.
"""
