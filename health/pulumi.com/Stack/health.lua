-- Health of a Pulumi Stack (pulumi.com/v1) as the Pulumi Kubernetes Operator writes it.
--
-- Written for Argo CD's Lua VM without open libraries: no string, math or os, no string methods.
-- A script error would end every sync of the Application, so whatever the object looks like,
-- there is an answer: nothing is trusted to have the type it should have.

local FAILURE_LIMIT = 3 -- the operator's own; spec.maxUpdateFailures where it exists
local LONGEST_MESSAGE = 512 -- bytes; conditions may carry 32 KB of Pulumi's output
local OPERATOR_FINALIZER = "finalizer.stack.pulumi.com"

-- Starts of SourceUnavailable messages which only say that the Stack was there before its source.
-- There is no string library to find a prefix with: a text starts with the first of a pair if it
-- sorts from there to below the second.
local SOURCE_COMES_LATER = {
  { "unable to retrieve program", "unable to retrieve progran" },
  { "Program has no artifact", "Program has no artifacu" },
  { "Flux source has no artifact", "Flux source has no artifacu" },
  { "could not resolve sourceRef", "could not resolve sourceReg" },
}

local SEVERITY = { Stalled = 3, Reconciling = 2, Ready = 1 }

local function as_table(value)
  if type(value) == "table" then return value end
  return {}
end

local function as_string(value)
  if type(value) == "string" then return value end
  return ""
end

local function as_number(value, default)
  if type(value) == "number" then return value end
  return default
end

local function starts(text, range)
  return text >= range[1] and text < range[2]
end

-- The true condition that counts: the newest, and of equally new ones the most severe.
local function leading(conditions)
  local found, found_time, found_severity = nil, "", 0
  for _, candidate in ipairs(conditions) do
    local condition = as_table(candidate)
    local severity = SEVERITY[as_string(condition.type)]
    if severity ~= nil and condition.status == "True" then
      local time = as_string(condition.lastTransitionTime)
      if found == nil or time > found_time or (time == found_time and severity > found_severity) then
        found, found_time, found_severity = condition, time, severity
      end
    end
  end
  return found
end

-- How the run that is described by `current` relates to the last one: the same spec, request and commit?
local function repeats(current, last)
  return as_number(current.generation, -1) == as_number(last.generation, -2)
    and as_string(current.reconcileRequest) == as_string(last.reconcileRequest)
    and as_string(current.commit) == as_string(last.lastAttemptedCommit)
end

local function link(last)
  local permalink = as_string(last.permalink)
  if permalink == "" or #permalink > LONGEST_MESSAGE then return "" end
  return ", see " .. permalink
end

-- Reason and message of a condition; the link where the message can't be shown, or where `linked`.
local function short(condition, last, linked)
  local reason, message = as_string(condition.reason), as_string(condition.message)
  if #message > LONGEST_MESSAGE then
    message, linked = "the message is too long to show here", true
  end
  if #reason > LONGEST_MESSAGE then reason = "" end
  if reason ~= "" and message ~= "" then reason = reason .. ": " end
  local text = reason .. message
  if linked then text = text .. link(last) end
  return text
end

local function times(count)
  if count == 1 then return "once" end
  return tostring(count) .. " times"
end

local function failed(last, spec)
  local limit = as_number(spec.maxUpdateFailures, 0)
  if limit <= 0 then limit = FAILURE_LIMIT end
  return last.state == "failed" and as_number(last.failures, 0) >= limit
end

local function failure_text(last)
  local operation = as_string(last.type)
  if operation == "" or #operation > LONGEST_MESSAGE then operation = "update" end
  return operation .. " failed " .. times(as_number(last.failures, 0) + 1)
end

local function deleting(metadata, spec, status, current, last, condition)
  local seen = as_number(status.observedGeneration, 0) == as_number(metadata.generation, 0)
  if seen and condition ~= nil and condition.type == "Stalled" then
    return "Degraded", "can't be destroyed: " .. short(condition, last, true)
  end
  if seen and last.type == "destroy" and failed(last, spec) then
    return "Degraded", "can't be destroyed: " .. failure_text(last) .. link(last)
  end
  if as_string(current.name) ~= "" then
    if seen and repeats(current, last) == false and as_number(current.generation, 0) ~= as_number(metadata.generation, 0) then
      return "Progressing", "deletion waits for the update that is running"
    end
    return "Progressing", "destroying the stack's resources"
  end
  local ours, others = false, ""
  for _, finalizer in ipairs(as_table(metadata.finalizers)) do
    if finalizer == OPERATOR_FINALIZER then
      ours = true
    elseif type(finalizer) == "string" and #others + #finalizer < LONGEST_MESSAGE then
      if others ~= "" then others = others .. ", " end
      others = others .. finalizer
    end
  end
  if not ours and others ~= "" then
    return "Progressing", "deletion waits for other finalizers: " .. others
  end
  if spec.destroyOnFinalize ~= true then
    return "Progressing", "being deleted; nothing will be destroyed (destroyOnFinalize isn't set)"
  end
  return "Progressing", "waiting for the operator to destroy the stack's resources"
end

local function stalled(condition, last)
  local message = as_string(condition.message)
  if condition.reason == "SourceUnavailable" then
    for _, range in ipairs(SOURCE_COMES_LATER) do
      if starts(message, range) then
        return "Progressing", "waiting for the source: " .. short({ message = message }, last)
      end
    end
  end
  return "Degraded", short(condition, last, condition.reason == "UpdateFailed")
end

local function reconciling(condition, spec, current, last)
  local reason = condition.reason
  local retrying = reason == "RetryingAfterFailure" or reason == "PreviewFailed"
  if retrying and last.generation == nil then
    return "Degraded", short(condition, last, true) -- PKO 1 counts nothing and tries for ever
  end
  local again = reason == "StackProcessing" and as_string(current.name) ~= "" and repeats(current, last)
  if (retrying or again) and failed(last, spec) then
    return "Degraded", failure_text(last) .. link(last)
  end
  if retrying then
    return "Progressing", failure_text(last) .. ", will be tried again" .. link(last)
  end
  if again and last.state == "succeeded" then
    return "Healthy", "up to date; the periodic resync is running"
  end
  return "Progressing", short(condition, last)
end

local function judge()
  local metadata, spec, status = as_table(obj.metadata), as_table(obj.spec), as_table(obj.status)
  local current, last = as_table(status.currentUpdate), as_table(status.lastUpdate)
  local conditions = as_table(status.conditions)
  local condition = leading(conditions)

  if metadata.deletionTimestamp ~= nil then
    local verdict, message = deleting(metadata, spec, status, current, last, condition)
    return { status = verdict, message = message, deletionMessage = message }
  end
  if next(conditions) == nil then
    return { status = "Progressing", message = "the operator has not seen this stack yet" }
  end

  -- PKO saves the conditions of the very first reconcile with observedGeneration 0,
  -- and for an invalid spec there is never a second one.
  local generation = as_number(metadata.generation, 0)
  local observed = as_number(status.observedGeneration, 0)
  local first_run = generation == 1 and observed == 0
  if observed ~= generation and not first_run then
    return { status = "Progressing", message = "the operator has not seen this spec yet" }
  end
  local request = as_table(metadata.annotations)["pulumi.com/reconciliation-request"]
  if request ~= nil and not first_run and request ~= as_string(status.observedReconcileRequest) then
    return { status = "Progressing", message = "a run was requested, waiting for the operator" }
  end

  local verdict, message = "Progressing", "waiting for the operator"
  if condition ~= nil and condition.type == "Stalled" then
    verdict, message = stalled(condition, last)
  elseif condition ~= nil and condition.type == "Reconciling" then
    verdict, message = reconciling(condition, spec, current, last)
  elseif condition ~= nil and last.type == "preview" then
    verdict, message = "Healthy", "preview only: nothing was applied"
  elseif condition ~= nil then
    verdict, message = "Healthy", short({ message = condition.message }, last)
  end
  return { status = verdict, message = message }
end

local ok, answer = pcall(judge)
if ok then return answer end
return { status = "Progressing", message = "this stack's status can't be understood" }
