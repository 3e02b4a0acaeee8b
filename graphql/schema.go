package graphql

import (
	gql "github.com/graphql-go/graphql"

	"qbank/graphql/engine"
)

// The types that global ids name.
const (
	questionName = "Question"
	typeName     = "QuestionType"
	lessonName   = "Lesson"
	treeName     = "KnowledgeTree"
	pointName    = "KnowledgePoint"
	className    = "Class"
	nodeName     = "RosterNode"
	sessionName  = "Session"
	attemptName  = "Attempt"
	importName   = "ImportBatch"
	threadName   = "Thread"
	releaseName  = "Release"
	reissueName  = "Reissue"
	configName   = "Config"
	keyName      = "ApiKey"
	pseudoName   = "PseudoLogin"
	resourceName = "Resource"
	paperName    = "Paper"
	regradeName  = "Regrade"
)

// schema is the types that refer to each other.
type schema struct {
	node                                                  *gql.Interface
	question, metadata, change, questionType, problem     *gql.Object
	lesson, lessonItem, tree, point, class, person        *gql.Object
	rosterNode, session                                   *gql.Object
	attempt, importBatch, importItem, live                *gql.Object
	importJob, here, regradeProgress                      *gql.Object
	questionFigures, lessonFigures                        *gql.Object
	resource, preview, previewLink                        *gql.Object
	paper, paperPlan, paperReport, paperFinding           *gql.Object
	constraintKind, jobState                              *gql.Enum
	questionState, policy, questionKind, facetName, order *gql.Enum
	action, reveal                                        *gql.Enum
	review, workflow, reviewPolicy                        *gql.Object
	reviewed                                              *gql.Enum
	rosterKind, sessionState                              *gql.Enum
	reissue, takedown, dryRun, ledgerClass                *gql.Object
	reissueState                                          *gql.Enum
	release, why                                          *gql.Object
	interval, causeCount                                  *gql.Object
	environment, environments, config, configValue        *gql.Object
	goLivePlan, liveSet, frozenLesson                     *gql.Object
	goLiveInput, howInput                                 *gql.InputObject
	releaseInputs                                         inputs
	releaseState, releaseUnit, verdict, reason            *gql.Enum
	role, staff, signIn, apiKey                           *gql.Object
	pseudoLogin, auditEntry                               *gql.Object
	auditKind                                             *gql.Enum
	roleName                                              *gql.Enum
	when                                                  *gql.InputObject // a point in time of a question's history
	thread, comment, fieldChange, blameLine               *gql.Object
	lessonWhen                                            *gql.InputObject // a point in time of a lesson's history
	lessonStage, lessonDraw, lessonCue, cueCount          *gql.Object
	cuePlugin, lessonChange, lessonPayload                *gql.Object
	lessonMode, stageKind, judged, cuePlace, cueRepeat    *gql.Enum
	changeState                                           *gql.Enum
	planInput, mediumInput, spanInput                     *gql.InputObject
	asked                                                 inputs // of a preview
	liveUse, offer, regrade                               *gql.Object
	regradeState, regradePolicy                           *gql.Enum
	connections                                           map[*gql.Object]*gql.Object
}

// Schema makes the schema. It holds no state: what its fields read comes with the request.
func Schema() (gql.Schema, error) {
	s := &schema{connections: map[*gql.Object]*gql.Object{}}
	s.node = s.nodeInterface()
	s.enums()
	s.compareTypes()
	s.discussionTypes()
	s.erratumTypes()
	s.questionTypes()
	s.typeTypes()
	s.lessonTypes()
	s.knowledgeTypes()
	s.rosterTypes()
	s.sessionTypes()
	s.regradeTypes()
	s.attemptTypes()
	s.figureTypes()
	s.importTypes()
	s.workflowTypes()
	s.reviewTypes()
	s.observedTypes()
	s.releaseTypes()
	s.reissueTypes()
	s.environmentTypes()
	s.configTypes()
	s.goLiveTypes()
	s.accessTypes()
	s.pseudoTypes()
	s.auditTypes()
	s.resourceTypes()
	s.previewTypes()
	s.paperTypes()
	s.presenceTypes()
	query, mutations, subscriptions := gql.Fields{}, gql.Fields{}, gql.Fields{}
	for _, list := range [][]root{s.nodeRoots(), s.viewerRoots(), s.questionRoots(), s.typeRoots(), s.lessonRoots(), s.cueRoots(), s.knowledgeRoots(),
		s.rosterRoots(), s.sessionRoots(), s.attemptRoots(), s.figureRoots(), s.importRoots(), s.workflowRoots(), s.reviewRoots(), s.discussionRoots(), s.releaseRoots(), s.telemetryRoots(), s.reissueRoots(), s.environmentRoots(), s.configRoots(), s.goLiveRoots(), s.accessRoots(), s.pseudoRoots(), s.auditRoots(), s.resourceRoots(), s.previewRoots(), s.paperRoots(), s.presenceRoots(), s.erratumRoots(), s.regradeRoots()} {
		for _, r := range list {
			query[r.name] = r.field()
		}
	}
	for _, list := range [][]mutation{s.questionMutations(), s.typeMutations(), s.lessonMutations(), s.lessonChangeMutations(), s.lessonMediumMutations(), s.knowledgeMutations(),
		s.rosterMutations(), s.sessionMutations(), s.attemptMutations(), s.importMutations(), s.workflowMutations(), s.reviewMutations(), s.bulkMutations(), s.discussionMutations(), s.releaseMutations(), s.reissueMutations(), s.environmentMutations(), s.configMutations(), s.goLiveMutations(), s.accessMutations(), s.pseudoMutations(), s.erasureMutations(), s.resourceMutations(), s.previewMutations(), s.paperMutations(), s.presenceMutations(), s.documentMutations(), s.erratumMutations(), s.regradeMutations()} {
		for _, m := range list {
			mutations[m.name] = m.field()
		}
	}
	for _, list := range [][]subscription{s.objectSubscriptions(), s.reviewSubscriptions(), s.lessonSubscriptions(), s.importSubscriptions(), s.presenceSubscriptions(), s.regradeSubscriptions()} {
		for _, sub := range list {
			subscriptions[sub.name] = sub.field()
		}
	}
	return gql.NewSchema(gql.SchemaConfig{
		Query: gql.NewObject(gql.ObjectConfig{Name: "Query", Fields: query,
			Description: "What can be read. Every field takes at, the position of a write that must be seen."}),
		Mutation: gql.NewObject(gql.ObjectConfig{Name: "Mutation", Fields: mutations,
			Description: "What can be done. Every field takes one input and returns the changed object and the position of the change."}),
		Subscription: gql.NewObject(gql.ObjectConfig{Name: "Subscription", Fields: subscriptions,
			Description: "What can be followed, one field at a time, as events (text/event-stream). Each event is read anew, with the rights that the caller has by then."}),
		Types: []gql.Type{s.question, s.questionType, s.lesson, s.tree, s.point, s.class, s.rosterNode, s.session, s.attempt, s.importBatch, s.thread, s.release, s.reissue, s.config, s.resource, s.paper, s.regrade},
	})
}

// connection is the connection type of a node type.
func (s *schema) connection(node *gql.Object) gql.Output {
	if s.connections[node] == nil {
		s.connections[node] = engine.ConnectionType(node.Name(), node)
	}
	return gql.NewNonNull(s.connections[node])
}
