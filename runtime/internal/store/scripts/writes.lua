-- The claim of a write that will put what it wrote. It has this number where a load's has its stamp.
local WRITE = 1

local function held_by_write(e, at)
  return #e >= 24 and string.sub(e, 1, 8) ~= '\0\0\0\0\0\0\0\0' and unpack_at(e, 9) == WRITE and unpack_at(e, 17) > at
end
