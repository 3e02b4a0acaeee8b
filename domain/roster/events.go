package roster

import "qbank/domain/event"

// Events defines every event of the roster.
var Events = []event.Definition{
	event.Define[ClassCreated](), event.Define[ClassRenamed](), event.Define[MembersJoined](), event.Define[MembersLeft](),
	event.Define[ClassPlaced](), event.Define[ClassStaffed](),
	event.Define[NodeCreated](), event.Define[NodeChanged](), event.Define[StudentDescribed](),
}
