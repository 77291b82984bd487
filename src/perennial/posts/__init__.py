"""What an owner does with posts and their publications.

`posts` has the operations on posts, `publications` those on a single publication, `cloning` copies posts, `listed_by`
derives by what they are listed, `scheduling` decides at which times a post or a clone is published, `turns` whose
turn it is among the posts of a queue, `waiting` says why a publication waits, and `quotas` how many posts and queues an
owner may have. The package may use those before it in the list. Begin reading with `posts`.
"""
