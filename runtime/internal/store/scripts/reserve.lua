-- Claims an entry for a write that will put it. What is stored there is gone, and so is the claim of a load: it may have read what is overwritten.
-- KEYS: the entry   ARGV: token, life in ms   returns: 1 claimed, 0 another write holds it; the token of the claim; the time
--
-- If two writes of an entry overlap, nobody knows which of them the database did last, and neither may put: the claim of the first is gone, and
-- the second gets none.
local e = redis.call('GETRANGE', KEYS[1], 0, 27)
local at = now()
if held_by_write(e, at, ARGV[2]) then
  local holder = string.sub(e, 1, 8)
  if string.sub(holder, 1, 4) == string.sub(ARGV[1], 1, 4) then
    return {1, holder, text(at)} -- delivered twice
  end
  redis.call('DEL', KEYS[1])
  return {0, ''}
end
local token = string.sub(ARGV[1], 1, 4) .. string.sub(pack(at), 5, 8)
redis.call('SET', KEYS[1], token .. pack(WRITE) .. pack(at + tonumber(ARGV[2]) * 1000) .. '\0\0\0\0', 'PX', ARGV[2])
return {1, token, text(at)}
