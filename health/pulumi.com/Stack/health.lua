-- kubectl-pko-argo health check, version 1
--
-- Health of a Pulumi Stack (pulumi.com/v1) as the Pulumi Kubernetes Operator (PKO) writes it.
-- Degraded fails a sync that waits, so it is kept for what doesn't heal by itself, or hasn't after
-- the operator's own limit; Progressing lets the sync wait. Read `judge`, at the end, first.
--
-- Written for Argo CD's Lua VM without open libraries: no string, math or os, no string methods.
-- A script error would end every sync of the Application, so whatever the object looks like,
-- there is an answer: nothing is trusted to have the type it should have.

local FAILURE_LIMIT = 3 -- the operator's own; spec.maxUpdateFailures where it exists
local LONGEST_TEXT = 512 -- bytes; conditions may carry 32 KB of Pulumi's output
local OPERATOR_FINALIZER = "finalizer.stack.pulumi.com"
local REQUEST = "pulumi.com/reconciliation-request"
local PREVIEW_ONLY = "preview only: nothing was applied"

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

-- What a field holds, or something harmless where it holds anything else.

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

-- Of conditions that contradict each other (leftovers of upgrades) the newest counts, of equally new
-- ones the most severe. Reason and message only make the choice independent of the list's order.
local function outranks(one, other)
  if one.time ~= other.time then return one.time > other.time end
  if one.severity ~= other.severity then return one.severity > other.severity end
  if one.reason ~= other.reason then return one.reason > other.reason end
  return one.message > other.message
end

-- The true condition that counts; one of type "" where there is none.
local function leading(conditions)
  local found = { type = "", time = "", severity = 0, reason = "", message = "" }
  for _, candidate in ipairs(conditions) do
    local condition = as_table(candidate)
    local severity = SEVERITY[as_string(condition.type)]
    if severity ~= nil and condition.status == "True" then
      local read = {
        type = condition.type,
        time = as_string(condition.lastTransitionTime),
        severity = severity,
        reason = as_string(condition.reason),
        message = as_string(condition.message),
      }
      if outranks(read, found) then found = read end
    end
  end
  return found
end

-- Whether the run that is described by `current` is for the same spec, request and commit as the last one.
local function repeats(current, last)
  return as_number(current.generation, -1) == as_number(last.generation, -2)
    and as_string(current.reconcileRequest) == as_string(last.reconcileRequest)
    and as_string(current.commit) == as_string(last.lastAttemptedCommit)
end

-- Whether the last update failed as often as the operator would try.
local function failed_for_good(last, spec)
  local limit = as_number(spec.maxUpdateFailures, 0)
  if limit <= 0 then limit = FAILURE_LIMIT end
  return last.state == "failed" and as_number(last.failures, 0) >= limit
end

-- Texts. What Pulumi printed (lastUpdate.message) is never shown: it may hold anything. The link leads to it.

local function link(last)
  local permalink = as_string(last.permalink)
  if permalink == "" or #permalink > LONGEST_TEXT then return "" end
  return ", see " .. permalink
end

local function readable(message, last)
  if #message <= LONGEST_TEXT then return message end
  return "the message is too long to show here" .. link(last)
end

local function explained(condition, last)
  local message = readable(condition.message, last)
  if condition.reason == "" or #condition.reason > LONGEST_TEXT then return message end
  if message == "" then return condition.reason end
  return condition.reason .. ": " .. message
end

local function explained_with_link(condition, last)
  if #condition.message > LONGEST_TEXT then return explained(condition, last) end
  return explained(condition, last) .. link(last)
end

local function attempts(last)
  local operation = as_string(last.type)
  if operation == "" or #operation > LONGEST_TEXT then operation = "update" end
  local count = as_number(last.failures, 0) + 1
  if count == 1 then return operation .. " failed once" end
  return operation .. " failed " .. tostring(count) .. " times"
end

-- A Stack that is being deleted. The first rows of the table; Argo CD 3.6 and later show the answer.
local function deleting(metadata, spec, status, condition, current, last)
  local generation = as_number(metadata.generation, 0)
  local seen = as_number(status.observedGeneration, 0) == generation -- a DELETE raises the generation

  if seen and condition.type == "Stalled" then
    return "Degraded", "can't be destroyed: " .. explained_with_link(condition, last)
  end
  if seen and last.type == "destroy" and failed_for_good(last, spec) then
    return "Degraded", "can't be destroyed: " .. attempts(last) .. link(last)
  end

  if as_string(current.name) ~= "" then
    if as_number(current.generation, 0) == generation then
      return "Progressing", "destroying the stack's resources"
    end
    return "Progressing", "deletion waits for the update that is running"
  end
  local operators, others = false, ""
  for _, finalizer in ipairs(as_table(metadata.finalizers)) do
    if finalizer == OPERATOR_FINALIZER then
      operators = true
    elseif type(finalizer) == "string" and #others + #finalizer < LONGEST_TEXT then
      if others ~= "" then others = others .. ", " end
      others = others .. finalizer
    end
  end
  if not operators and others ~= "" then
    return "Progressing", "deletion waits for other finalizers: " .. others
  end
  if seen and last.type == "destroy" and last.state == "failed" then
    return "Progressing", attempts(last) .. ", will be tried again" .. link(last)
  end
  if spec.destroyOnFinalize ~= true then
    return "Progressing", "being deleted; nothing will be destroyed (destroyOnFinalize isn't set)"
  end
  return "Progressing", "waiting for the operator to destroy the stack's resources"
end

-- Stalled=True: the operator has given up, except that it looks for a missing source again and again.
local function stalled(condition, last)
  if condition.reason == "SourceUnavailable" then
    for _, range in ipairs(SOURCE_COMES_LATER) do
      if condition.message >= range[1] and condition.message < range[2] then
        return "Progressing", "waiting for the source: " .. readable(condition.message, last)
      end
    end
  end
  if condition.reason == "UpdateFailed" then return "Degraded", explained_with_link(condition, last) end
  return "Degraded", explained(condition, last)
end

-- Reconciling=True: something runs, waits, or is tried again.
local function reconciling(condition, spec, current, last)
  local retrying = condition.reason == "RetryingAfterFailure" or condition.reason == "PreviewFailed"
  local rerunning = condition.reason == "StackProcessing" and as_string(current.name) ~= "" and repeats(current, last)

  -- Up to 2.7 the operator never gives up; while it tries once more the verdict stays.
  if (retrying or rerunning) and failed_for_good(last, spec) then
    return "Degraded", attempts(last) .. link(last)
  end
  -- PKO 1 counts nothing, and tries for ever.
  if retrying and last.generation == nil then
    return "Degraded", explained_with_link(condition, last)
  end
  if retrying then
    return "Progressing", attempts(last) .. ", will be tried again" .. link(last)
  end
  -- The periodic resync runs what succeeded before: the Stack is still what it was.
  if rerunning and last.state == "succeeded" and last.type == "preview" then
    return "Healthy", PREVIEW_ONLY
  end
  if rerunning and last.state == "succeeded" then
    return "Healthy", "up to date; the periodic resync is running"
  end
  -- PrerequisiteNotSatisfied names the prerequisite; a first run, a new spec or commit just runs.
  return "Progressing", explained(condition, last)
end

local function ready(condition, last)
  if last.type == "preview" then return "Healthy", PREVIEW_ONLY end
  return "Healthy", readable(condition.message, last)
end

-- The first row that fits decides.
local function judge()
  local metadata, spec, status = as_table(obj.metadata), as_table(obj.spec), as_table(obj.status)
  local current, last = as_table(status.currentUpdate), as_table(status.lastUpdate)
  local conditions = as_table(status.conditions)
  local condition = leading(conditions)

  if metadata.deletionTimestamp ~= nil then
    local verdict, message = deleting(metadata, spec, status, condition, current, last)
    return { status = verdict, message = message, deletionMessage = message }
  end
  if next(conditions) == nil then
    return { status = "Progressing", message = "the operator has not seen this stack yet" }
  end

  -- PKO saves the conditions of the very first reconcile with observedGeneration 0 and without the
  -- request, and for an invalid spec there is never a second one. So then the conditions are believed.
  local generation = as_number(metadata.generation, 0)
  local observed = as_number(status.observedGeneration, 0)
  local first_run = generation == 1 and observed == 0
  if observed ~= generation and not first_run then
    return { status = "Progressing", message = "the operator has not seen this spec yet" }
  end
  local request = as_table(metadata.annotations)[REQUEST]
  if request ~= nil and request ~= as_string(status.observedReconcileRequest) and not first_run then
    return { status = "Progressing", message = "a run was requested, waiting for the operator" }
  end

  local verdict, message = "Progressing", "waiting for the operator"
  if condition.type == "Stalled" then
    verdict, message = stalled(condition, last)
  elseif condition.type == "Reconciling" then
    verdict, message = reconciling(condition, spec, current, last)
  elseif condition.type == "Ready" then
    verdict, message = ready(condition, last)
  end
  return { status = verdict, message = message }
end

local understood, answer = pcall(judge)
return understood and answer or { status = "Progressing", message = "this stack's status can't be understood" }
