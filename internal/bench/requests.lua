-- Sends the lines of a file by turns, each a path and a body ("path body"). Arguments: the file, a bearer token.
local threads = 0

function setup(thread)
	threads = threads + 1
	thread:set("number", threads)
end

function init(args)
	requests = {}
	for line in io.lines(args[1]) do
		local path, body = line:match("^(%S+) (.+)$")
		requests[#requests + 1] = "POST " .. path .. " HTTP/1.1\r\nHost: qbank\r\nContent-Type: application/json\r\nAuthorization: Bearer " ..
			args[2] .. "\r\nContent-Length: " .. #body .. "\r\n\r\n" .. body
	end
	at = number
end

function request()
	at = at % #requests + 1
	return requests[at]
end
