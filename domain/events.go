package domain

import (
	"qbank/domain/apikey"
	"qbank/domain/attempt"
	"qbank/domain/batch"
	"qbank/domain/discussion"
	"qbank/domain/environment"
	"qbank/domain/event"
	"qbank/domain/knowledge"
	"qbank/domain/lesson"
	"qbank/domain/paper"
	"qbank/domain/qtype"
	"qbank/domain/question"
	"qbank/domain/regrade"
	"qbank/domain/reissue"
	"qbank/domain/release"
	"qbank/domain/resource"
	"qbank/domain/roster"
	"qbank/domain/session"
	"qbank/domain/staff"
	"qbank/domain/takedown"
	"qbank/domain/workflow"
)

// Codec reads and writes every event there is.
var Codec = event.NewCodec(qtype.Events, question.Events, knowledge.Events, lesson.Events, environment.Events, roster.Events,
	attempt.Events, batch.Events, lesson.ReviewEvents, workflow.Events, discussion.Events, session.Events, release.Events, regrade.Events, reissue.Events, takedown.Events, staff.Events, apikey.Events, resource.Events, paper.Events)
