-- Keeps fences open for longer, while their write still runs. One that is gone, because its table was lost, is opened again.
-- KEYS: A T I   ARGV: keep in ms, tenant, hold in ms, the writer, then kind and path in turn   returns: seq, the number of fences
local A, T, I = KEYS[1], KEYS[2], KEYS[3]
local seq, _, keep = shard(A, I, ARGV[1])
local at = now()
local hash = ARGV[2] == '*' and A or T
if hash == T then
  tenant(T, seq, keep)
end
local function extend(field)
  field = (hash == A and '*' or '') .. field
  local m = mark(redis.call('HGET', hash, field))
  add_writer(m, ARGV[4])
  m.till = math.max(m.till, at + tonumber(ARGV[3]) * 1000)
  redis.call('HSET', hash, field, print_mark(math.max(m.stamp, 1), m, at))
end
for i = 5, #ARGV, 2 do
  local path = ARGV[i + 1]
  extend((ARGV[i] == 'e' and '#' or '') .. path)
  for _, prefix in ipairs(runs(path)) do
    if prefix ~= path then
      extend('#' .. prefix .. ':*')
    end
  end
end
return {text(seq), tostring((#ARGV - 4) / 2)}
