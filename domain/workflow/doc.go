// Package workflow holds reviews as data: who must agree to a question or a lesson before it is published, step by step.
//
// The states of an item and the actions that lead between them are the same everywhere (cycle.go). What differs from team to team is a
// [Workflow]: a JSON document, named and versioned, of review steps.
//
//	{"name": "math", "version": 1, "title": {"en": "Mathematics", "zh-CN": "数学"}, "steps": [
//	  {"id": "first", "title": {"en": "First review", "zh-CN": "初审"}, "role": "reviewer", "approvals": 1},
//	  {"id": "second", "title": {"en": "Second review", "zh-CN": "复审"}, "permission": "questions.publish", "approvals": 1},
//	  {"id": "spot", "title": {"en": "Spot check", "zh-CN": "抽检"}, "role": "admin", "approvals": 1, "share": 50000}],
//	 "errata": {"steps": ["first"], "max_changes": 3, "keeps": ["/options"]}}
//
// The fast lane takes no corrections of what answers are scored by, unless it says "secrets": true.
//
// An organisation defines workflows and chooses one for each subject ([Policy]). A submission pins a [Review]: the very steps that it
// must pass, spot checks drawn, so that its history is understood without looking anything up, and nothing that is defined or
// chosen later changes what an approval meant. [Standing] is how far a submission has come; questions and lessons both fold it.
//
// What it promises: every approval of a step comes from another person; nobody approves what they wrote, unless the workflow allows it;
// one person serves one step, unless the workflow allows more; and the same submission always draws the same spot checks.
package workflow
