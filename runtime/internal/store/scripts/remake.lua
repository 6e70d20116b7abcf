-- Makes a record anew that another server has made, or that is from a dump: what was stored before is stale. One that is of this server stays.
-- KEYS: A T I   ARGV: wanted (see shard)   returns: seq, floor
local R = shard(KEYS[1], KEYS[3], ARGV[1])
return {text(R.seq), text(R.floor)}
