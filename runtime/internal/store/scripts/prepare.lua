-- Makes what is missing of a shard's state, and registers versions, so that exact invalidations find every entry.
-- KEYS: A T I   ARGV: wanted (see shard), then prefix and version in turn   returns: seq, floor, epoch
local R = shard(KEYS[1], KEYS[3], ARGV[1])
tenant(KEYS[2], R)
local at = now()
for i = 2, #ARGV, 2 do
  local line = {ARGV[i + 1] .. '@' .. text(at)}
  for _, v in ipairs(versions(KEYS[1], ARGV[i], at - R.keep * 1000)) do
    if v[1] ~= ARGV[i + 1] then
      line[#line + 1] = v[1] .. '@' .. v[2]
    end
  end
  redis.call('HSET', KEYS[1], 'v:' .. ARGV[i], table.concat(line, ' '))
end
return {text(R.seq), text(R.floor), R.epoch}
