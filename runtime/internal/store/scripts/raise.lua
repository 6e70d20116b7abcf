-- Puts a shard's floor above a number that a process has seen and the server has forgotten: a replica was promoted that had not heard of the
-- last invalidations. What they were is lost, so everything is stale.
-- KEYS: A T I   ARGV: wanted (see shard), the number seen   returns: seq, floor
local R = shard(KEYS[1], KEYS[3], ARGV[1])
local seq, floor = R.seq, R.floor
local seen = tonumber(ARGV[2])
newest(KEYS[3], now())
if floor <= seen then
  seq = math.max(seq + 1, seen + 1, now())
  floor = seq
  redis.call('HSET', KEYS[1], 'seq', text(seq), 'floor', text(floor))
  R.seq = seq
  settle_all(KEYS[1], R, now())
end
return {text(seq), text(floor)}
