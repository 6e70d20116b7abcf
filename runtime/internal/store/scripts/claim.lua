-- Claims an entry for one load, or extends the claim.
-- KEYS: the entry
-- ARGV: token, stamp of the load, least valid stamp, stamp of the value seen as it stands there, life in ms, epoch of all these as it stands there
-- returns: 1 claimed, 0 held by another load, 2 there is a newer value than the one seen, 3 held by a write; the token of the claim, and of one
-- that is held by another its deadline; the time
--
-- Half of the token is the load's, half is when the claim was made: a command that a client or the network delivers once more, when the first
-- claim has been invalidated and its load has read what was there before, makes a claim that nobody knows and not the old one again.
local e = redis.call('GETRANGE', KEYS[1], 0, 35)
local at = now()
local least = tonumber(ARGV[3])
if #e >= 28 then
  local holder = string.sub(e, 1, 8)
  if string.sub(holder, 1, 4) == string.sub(ARGV[1], 1, 4) then
    redis.call('SETRANGE', KEYS[1], 16, pack(at + tonumber(ARGV[5]) * 1000))
    redis.call('PEXPIRE', KEYS[1], ARGV[5])
    return {1, holder, text(at)}
  end
  if held_by_write(e, at, ARGV[5]) then
    return {3, ''}
  end
  local same = string.sub(e, 25, 28) == ARGV[6] -- the epoch: numbers of another are not to be compared with
  -- A load with a stamp that is no longer valid holds nothing: its result could not be served.
  if same and stands(e, at, ARGV[5]) and unpack_at(e, 9) >= least then
    return {0, string.sub(e, 17, 24)}
  end
  if same and #e >= 36 then
    -- As bytes: a number above 2^53, which is no stamp, would be rounded.
    if unpack_at(e, 29) >= least and string.sub(e, 29, 36) ~= ARGV[4] then
      return {2, ''}
    end
  end
end
local token = string.sub(ARGV[1], 1, 4) .. string.sub(pack(at), 5, 8)
redis.call('SET', KEYS[1], token .. pack(tonumber(ARGV[2])) .. pack(at + tonumber(ARGV[5]) * 1000) .. ARGV[6], 'PX', ARGV[5])
return {1, token, text(at)}
