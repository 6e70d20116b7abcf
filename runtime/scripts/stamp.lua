-- Stamps an invalidation of one tenant, or of all with tenant "*".
-- KEYS: A T I   ARGV: keep in ms, tenant, then kind ("s" scope, "e" entry) and path in turn
-- returns: seq, the seq before it, then prefix and version in turn for each live version that one of the entries can be stored under
local A, T, I = KEYS[1], KEYS[2], KEYS[3]
local before, _, keep = shard(A, I, ARGV[1])
local at = now()
local seq = math.max(before + 1, at)
redis.call('HSET', A, 'seq', text(seq))

local event = {'p', text(before), 't', ARGV[2]}
local reply = {text(seq), text(before)}
local told = {}
local stamped = false
for i = 3, #ARGV, 2 do
  local kind, path = ARGV[i], ARGV[i + 1]
  event[#event + 1] = kind
  event[#event + 1] = path
  if ARGV[2] == '*' then
    redis.call('HSET', A, (kind == 'e' and '*#' or '*') .. path, text(seq))
  elseif kind == 's' then
    stamped = true
    redis.call('HSET', T, path, text(seq))
  else
    -- The path does not say where its prefix ends: every leading run of segments may be one.
    local stop = 0
    repeat
      stop = string.find(path, ':', stop + 1, true)
      local prefix = stop and string.sub(path, 1, stop - 1) or path
      if not told[prefix] then
        told[prefix] = true
        for _, v in ipairs(versions(A, prefix, at - keep * 1000)) do
          reply[#reply + 1] = prefix
          reply[#reply + 1] = v[1]
        end
      end
    until not stop
  end
end
if stamped then
  if redis.call('HLEN', T) > 100000 then
    redis.call('DEL', T)
  end
  if redis.call('HEXISTS', T, '') == 0 then
    redis.call('HSET', T, '', text(seq)) -- the table is new, or starts afresh
  end
  redis.call('PEXPIRE', T, keep)
  -- Fields older than the longest life of an entry say nothing any more. A few are looked at each time, as Redis does with expired keys.
  for _, field in ipairs(redis.call('HRANDFIELD', T, 3)) do
    if field ~= '' and tonumber(redis.call('HGET', T, field)) < at - keep * 1000 then
      redis.call('HDEL', T, field)
    end
  end
end
if ARGV[2] == '*' then
  if redis.call('HLEN', A) > 100000 then
    redis.call('DEL', A) -- a new floor says as much as all these fields did
    redis.call('HSET', A, 'seq', text(seq), 'floor', text(seq), 'keep', text(keep))
    redis.call('PEXPIRE', A, keep)
  end
  for _, field in ipairs(redis.call('HRANDFIELD', A, 3)) do
    if string.sub(field, 1, 1) == '*' and tonumber(redis.call('HGET', A, field)) < at - keep * 1000 then
      redis.call('HDEL', A, field)
    end
  end
end
redis.call('XADD', I, 'MAXLEN', '~', 100000, text(seq) .. '-0', unpack(event))
redis.call('PEXPIRE', I, keep)
return reply
