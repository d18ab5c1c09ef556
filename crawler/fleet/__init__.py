"""One configuration over several data folders: which source is in which shard, and where the folders are."""
