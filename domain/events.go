package domain

import (
	"qbank/domain/attempt"
	"qbank/domain/batch"
	"qbank/domain/environment"
	"qbank/domain/event"
	"qbank/domain/knowledge"
	"qbank/domain/lesson"
	"qbank/domain/paper"
	"qbank/domain/qtype"
	"qbank/domain/question"
	"qbank/domain/roster"
)

// Codec reads and writes every event there is.
var Codec = event.NewCodec(qtype.Events, question.Events, knowledge.Events, lesson.Events, environment.Events, roster.Events,
	attempt.Events, batch.Events, paper.Events)
