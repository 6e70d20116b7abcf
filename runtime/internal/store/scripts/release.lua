-- Gives up a claim whose load failed.
-- KEYS: the entry   ARGV: token   returns: 1 released, 0 it was gone
if redis.call('GETRANGE', KEYS[1], 0, 7) ~= ARGV[1] then
  return 0
end
return redis.call('DEL', KEYS[1])
