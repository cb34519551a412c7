-- kubectl-pko-argo health check, version 1
--
-- Health of a Workspace (auto.pulumi.com/v1alpha1): Degraded once the operator has given up on it.
-- While its pod doesn't start the operator says RollingUpdate, whatever is wrong, so that is Progressing.
--
-- Written for Argo CD's Lua VM without open libraries: no string, math or os, no string methods.
-- Whatever the object looks like, there is an answer: nothing is trusted to have the type it should have.

local LONGEST_TEXT = 512 -- bytes; a failed installation carries its whole output

-- Reasons of Ready=False that end in the operator's giving up; before PKO 2.5 nothing else said so.
local GIVEN_UP = { InstallationFailed = true, InitializationFailed = true, IncompatibleConfiguration = true }

local function as_table(value)
  if type(value) == "table" then return value end
  return {}
end

local function as_string(value)
  if type(value) == "string" then return value end
  return ""
end

-- Status, reason and message only make the choice independent of the list's order.
local function outranks(one, other)
  if one.time ~= other.time then return one.time > other.time end
  if one.status ~= other.status then return one.status > other.status end
  if one.reason ~= other.reason then return one.reason > other.reason end
  return one.message > other.message
end

-- The newest condition of this type; one without status where there is none.
local function newest(conditions, kind)
  local found = { time = "", status = "", reason = "", message = "" }
  for _, candidate in ipairs(conditions) do
    local condition = as_table(candidate)
    if condition.type == kind then
      local read = {
        time = as_string(condition.lastTransitionTime),
        status = as_string(condition.status),
        reason = as_string(condition.reason),
        message = as_string(condition.message),
      }
      if outranks(read, found) then found = read end
    end
  end
  return found
end

local function explained(condition, otherwise)
  local reason, message = condition.reason, condition.message
  if #reason > LONGEST_TEXT then reason = "" end
  if #message > LONGEST_TEXT then message = "the message is too long to show here" end
  if reason ~= "" and message ~= "" then return reason .. ": " .. message end
  if reason .. message ~= "" then return reason .. message end
  return otherwise
end

local function being_deleted(metadata)
  local finalizers = ""
  for _, finalizer in ipairs(as_table(metadata.finalizers)) do
    if type(finalizer) == "string" and #finalizers + #finalizer < LONGEST_TEXT then
      if finalizers ~= "" then finalizers = finalizers .. ", " end
      finalizers = finalizers .. finalizer
    end
  end
  if finalizers == "" then return "being deleted" end
  return "being deleted, waits for finalizers: " .. finalizers
end

-- The first row that fits decides.
local function judge()
  local metadata, status = as_table(obj.metadata), as_table(obj.status)
  local conditions = as_table(status.conditions)
  local ready, stalled = newest(conditions, "Ready"), newest(conditions, "Stalled")

  if metadata.deletionTimestamp ~= nil then
    local message = being_deleted(metadata)
    return { status = "Progressing", message = message, deletionMessage = message }
  end
  if status.observedGeneration ~= metadata.generation then
    return { status = "Progressing", message = "the operator has not seen this workspace yet" }
  end
  if stalled.status == "True" then
    return { status = "Degraded", message = explained(stalled, "the operator has given up on this workspace") }
  end
  if ready.status == "False" and GIVEN_UP[ready.reason] then
    return { status = "Degraded", message = explained(ready) }
  end
  if ready.status == "True" then
    return { status = "Healthy", message = "the workspace is ready" }
  end
  return { status = "Progressing", message = explained(ready, "waiting for the workspace's pod") }
end

local understood, answer = pcall(judge)
return understood and answer or { status = "Progressing", message = "this workspace's status can't be understood" }
