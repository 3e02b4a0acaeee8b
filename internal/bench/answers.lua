-- Sends one answer per request: each with a key of its own, the next attempt's, with that student's token, to the next question.
-- Arguments: a file of attempts ("id token"), a file of responses ("slot json"), a word that makes keys of this load differ from others'.
local threads = 0

function setup(thread)
	threads = threads + 1
	thread:set("number", threads)
end

function init(args)
	heads, slots, responses = {}, {}, {}
	for line in io.lines(args[1]) do
		local id, token = line:match("^(%S+) (%S+)$")
		heads[#heads + 1] = "POST /v1/attempts/" .. id .. "/answers HTTP/1.1\r\nHost: qbank\r\nContent-Type: application/json\r\n" ..
			"Authorization: Bearer " .. token .. "\r\nContent-Length: "
	end
	for line in io.lines(args[2]) do
		local slot, json = line:match("^(%S+) (.+)$")
		slots[#slots + 1], responses[#responses + 1] = slot, json
	end
	load, count = args[3], 0
end

function request()
	count = count + 1
	local student = (2 * count + number) % #heads + 1
	local question = count % #slots + 1
	local body = '{"key":"' .. load .. "-" .. number .. "-" .. count .. '","slot":"' .. slots[question] ..
		'","event_mono":' .. count .. ',"sent_mono":' .. count + 40 .. ',"response":' .. responses[question] .. "}"
	return heads[student] .. #body .. "\r\n\r\n" .. body
end
