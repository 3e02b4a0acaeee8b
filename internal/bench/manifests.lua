-- Fetches a path as one student after the other. Arguments: a file of tokens, one on each line.
local threads = 0

function setup(thread)
	threads = threads + 1
	thread:set("number", threads)
end

function init(args)
	requests, count = {}, 0
	for token in io.lines(args[1]) do
		requests[#requests + 1] = wrk.format("GET", nil, { ["Authorization"] = "Bearer " .. token, ["Qbank-Platform"] = "ios", ["Qbank-App-Version"] = "5.9.2" })
	end
end

function request()
	count = count + 1
	return requests[(2 * count + number) % #requests + 1]
end

