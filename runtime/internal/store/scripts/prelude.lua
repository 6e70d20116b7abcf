-- Shared by all scripts. Numbers are microseconds of the server's clock, below 2^53, so a Lua number holds them exactly.

local function now()
  local t = redis.call('TIME')
  return tonumber(t[1]) * 1000000 + tonumber(t[2])
end

-- Without this, Lua prints large numbers as 1.7e+15.
local function text(n)
  return string.format('%.0f', n)
end

-- Eight bytes, big end first.
local function pack(n)
  local b = {}
  for i = 8, 1, -1 do
    b[i] = string.char(n % 256)
    n = math.floor(n / 256)
  end
  return table.concat(b)
end

local function unpack_at(s, i)
  local n = 0
  for j = i, i + 7 do
    n = n * 256 + string.byte(s, j)
  end
  return n
end

-- Whether the claim in an entry stands: its deadline has not passed, and is not further away than a claim lives, in ms. Else the clock has gone
-- back, or these bytes are somebody else's.
local function stands(e, at, life)
  if #e < 28 or string.sub(e, 1, 8) == '\0\0\0\0\0\0\0\0' then
    return false
  end
  local till = unpack_at(e, 17)
  return till > at and till <= at + tonumber(life) * 1000
end
