-- Looks at fences that a read has run into. One whose time has passed is closed, with a stamp: its writer died between its write and its close,
-- or took longer than it had said.
-- KEYS: A T I   ARGV: wanted (see shard), tenant, then kind and path in turn   returns: seq, 1 if a fence is still open
local A, T, I = KEYS[1], KEYS[2], KEYS[3]
local seq = shard(A, I, ARGV[1]).seq
own(T)
local at = now()
local open = '0'
for i = 3, #ARGV, 2 do
  for _, hash in ipairs({A, T}) do
    local field = (hash == A and '*' or '') .. (ARGV[i] == 'e' and '#' or '') .. ARGV[i + 1]
    local value = redis.call('HGET', hash, field)
    if value and string.find(value, ';', 1, true) then
      if fenced(mark(value), at) then
        open = '1'
      else
        local before = seq
        seq = math.max(seq + 1, at)
        redis.call('HSET', A, 'seq', text(seq))
        redis.call('HSET', hash, field, text(seq))
        announce(I, seq, before, hash == A and '*' or ARGV[2], ARGV[i] .. ARGV[i + 1])
      end
    end
  end
end
return {text(seq), open}
