-- Keeps fences open for longer, while their write still runs. One that is gone, because its table was lost, is opened again, with a stamp: what was
-- stored in between is from before the write.
-- KEYS: A T I   ARGV: wanted (see shard), tenant, hold in ms, the writer, then kind and path in turn   returns: seq, the number of fences
local A, T, I = KEYS[1], KEYS[2], KEYS[3]
local R = shard(A, I, ARGV[1])
local before, seq, at = R.seq, R.seq, now()
local hash = ARGV[2] == '*' and A or T
if hash == T then
  tenant(T, R)
end
local words = {}
local function extend(field)
  field = (hash == A and '*' or '') .. field
  local m = mark(redis.call('HGET', hash, field))
  local gone = #m.writers == 0 or m.till <= at
  if gone then
    if seq == before then
      seq = math.max(before + 1, at)
      redis.call('HSET', A, 'seq', text(seq))
    end
    m.stamp, m.writers = seq, {}
  end
  add_writer(m, ARGV[4])
  m.till = math.max(m.till, at + tonumber(ARGV[3]) * 1000)
  redis.call('HSET', hash, field, print_mark(m.stamp, m, at))
  return gone
end
for i = 5, #ARGV, 2 do
  local path = ARGV[i + 1]
  local gone = extend((ARGV[i] == 'e' and '#' or '') .. path)
  for _, prefix in ipairs(runs(path)) do
    if prefix ~= path then
      gone = extend('#' .. prefix .. ':*') or gone
    end
  end
  if gone then
    words[#words + 1] = ARGV[i] .. path
  end
end
local hold = tonumber(ARGV[3]) * 1000
held(A, R, at + hold, renewed_within(hold))
if seq ~= before then
  if hash == A then
    redis.call('HSET', A, 'every', '1')
  end
  announce(I, seq, before, ARGV[2], table.concat(words, ' '))
  redis.call('PEXPIRE', I, R.keep)
end
return {text(seq), tostring((#ARGV - 4) / 2)}
