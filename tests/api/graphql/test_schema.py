"""The schema is the contract: the committed file is current, and has all that the design names."""

import re

import pytest
from graphql import build_schema, get_named_type, print_schema
from support.processes import ROOT

from perennial.api.graphql.schema import schema

COMMITTED = ROOT / "schema.graphql"

# The second edition of the API.
DESIGN = """
scalar DateTime
scalar Date
scalar LocalDateTime
type Query {
  post(id: ID!): Post
  posts(
    status: [PostStatus!], platform: Platform, createdByQueueId: ID, orderBy: PostOrder = CREATED_DESC
    first: Int = 25, after: String
  ): PostConnection!
  publications(updatedAfter: DateTime, first: Int = 25, after: String): PublicationConnection!
  queue(id: ID!): RecurringQueue
  queues(
    status: [QueueStatus!], platform: Platform, orderBy: QueueOrder = NEXT_ASC, first: Int = 25, after: String
  ): RecurringQueueConnection!
  upcoming(from: DateTime, until: DateTime!, first: Int = 25, after: String): UpcomingOccurrenceConnection!
  executions(executedAfter: DateTime, first: Int = 25, after: String): QueueExecutionConnection!
  accounts: [ConnectedAccount!]!
  node(id: ID!): Node
  nodes(ids: [ID!]!): [Node]!
}
type Mutation {
  createPost(input: CreatePostInput!): CreatePostPayload
  updatePost(input: UpdatePostInput!): UpdatePostPayload
  deletePost(input: DeletePostInput!): DeletePostPayload
  clonePost(input: ClonePostInput!): ClonePostPayload
  schedulePost(input: SchedulePostInput!): SchedulePostPayload
  unschedulePost(input: UnschedulePostInput!): UnschedulePostPayload
  retryPublication(input: RetryPublicationInput!): RetryPublicationPayload
  confirmPublication(input: ConfirmPublicationInput!): ConfirmPublicationPayload
  withdrawConfirmation(input: WithdrawConfirmationInput!): WithdrawConfirmationPayload
  createQueue(input: CreateQueueInput!): CreateQueuePayload
  updateQueue(input: UpdateQueueInput!): UpdateQueuePayload
  deleteQueue(input: DeleteQueueInput!): DeleteQueuePayload
  pauseQueue(input: PauseQueueInput!): PauseQueuePayload
  resumeQueue(input: ResumeQueueInput!): ResumeQueuePayload
  pauseQueues(input: PauseQueuesInput!): PauseQueuesPayload
  resumeQueues(input: ResumeQueuesInput!): ResumeQueuesPayload
  deleteQueues(input: DeleteQueuesInput!): DeleteQueuesPayload
  skipOccurrence(input: SkipOccurrenceInput!): SkipOccurrencePayload
  moveOccurrence(input: MoveOccurrenceInput!): MoveOccurrencePayload
  restoreOccurrence(input: RestoreOccurrenceInput!): RestoreOccurrencePayload
  runQueueNow(input: RunQueueNowInput!): RunQueueNowPayload
  pauseAllQueues(input: PauseAllQueuesInput!): PauseAllQueuesPayload
  resumeAllQueues(input: ResumeAllQueuesInput!): ResumeAllQueuesPayload
  connectAccount(input: ConnectAccountInput!): ConnectAccountPayload
  disconnectAccount(input: DisconnectAccountInput!): DisconnectAccountPayload
}
type Subscription {
  publicationUpdated(postId: ID): Publication!
  queueExecuted(queueId: ID): QueueExecution!
}
interface Node { id: ID! }
enum Platform { X LINKEDIN }
enum QueueStatus { ACTIVE PAUSED COMPLETED }
enum Cadence { FIXED AFTER_EXECUTION }
enum MissedRunsPolicy { RUN_LATEST SKIP RUN_IF_WITHIN }
enum OnDuplicate { SKIP PAUSE }
enum ResumeFrom { NOW NEXT_SLOT }
enum PostStatus { DRAFT SCHEDULED PUBLISHING PUBLISHED PARTIALLY_PUBLISHED FAILED UNCONFIRMED }
enum PostOrder { CREATED_DESC CREATED_ASC SCHEDULED_ASC SCHEDULED_DESC }
enum QueueOrder { NEXT_ASC NEXT_DESC CREATED_DESC CREATED_ASC }
enum PublicationStatus { DRAFT SCHEDULED PUBLISHING PUBLISHED FAILED UNCONFIRMED }
enum ExecutionOutcome { EXECUTED SKIPPED FAILED }
enum AccountStatus { ACTIVE RECONNECT_REQUIRED DISCONNECTED }
input CreatePostInput { publications: [PublicationInput!]!, idempotencyKey: String }
input UpdatePostInput { id: ID!, publications: [PublicationInput!]! }
input DeletePostInput { id: ID! }
input ClonePostInput { id: ID!, idempotencyKey: String }
input UnschedulePostInput { id: ID! }
input WithdrawConfirmationInput { id: ID! }
input RetryPublicationInput { id: ID! }
input ConfirmPublicationInput { id: ID!, url: String! }
input PublicationInput { platform: Platform!, content: String! }
input SchedulePostInput { id: ID!, scheduledTime: DateTime!, platformTimes: [PlatformTimeInput!] }
input PlatformTimeInput { platform: Platform!, scheduledTime: DateTime! }
input CreateQueueInput {
  originalPostId: ID, postIds: [ID!]
  interval: Int, rule: String, timezone: String, nextScheduledTime: DateTime!, endsAt: DateTime
  excludedDates: [Date!], maxExecutions: Int, cadence: Cadence! = FIXED, missedRuns: MissedRunsInput
  onDuplicate: OnDuplicate! = SKIP, name: String, idempotencyKey: String
}
input UpdateQueueInput {
  id: ID!, originalPostId: ID, postIds: [ID!]
  interval: Int, rule: String, timezone: String, nextScheduledTime: DateTime, endsAt: DateTime
  excludedDates: [Date!], maxExecutions: Int, missedRuns: MissedRunsInput, onDuplicate: OnDuplicate, name: String
}
input MissedRunsInput { policy: MissedRunsPolicy!, withinMinutes: Int }
input DeleteQueueInput { id: ID! }
input PauseQueueInput { id: ID!, until: DateTime, reason: String }
input ResumeQueueInput { id: ID!, nextScheduledTime: DateTime, from: ResumeFrom }
input PauseQueuesInput { ids: [ID!]!, until: DateTime, reason: String }
input ResumeQueuesInput { ids: [ID!]!, nextScheduledTime: DateTime, from: ResumeFrom }
input DeleteQueuesInput { ids: [ID!]! }
input SkipOccurrenceInput { queueId: ID!, scheduledTime: DateTime! }
input MoveOccurrenceInput { queueId: ID!, scheduledTime: DateTime!, to: DateTime! }
input RestoreOccurrenceInput { queueId: ID!, scheduledTime: DateTime! }
input RunQueueNowInput { id: ID!, idempotencyKey: String! }
input PauseAllQueuesInput { until: DateTime, reason: String, holdScheduled: Boolean! = false }
input ResumeAllQueuesInput { from: ResumeFrom }
input DisconnectAccountInput { id: ID! }
input ConnectAccountInput {
  platform: Platform!, accessToken: String!, refreshToken: String, expiresAt: DateTime, idempotencyKey: String
}
type Post implements Node {
  id: ID! clerkUserId: String! status: PostStatus! publications: [Publication!]! clonedFromId: ID
  createdByQueueId: ID scheduledTime: DateTime createdAt: DateTime! updatedAt: DateTime!
}
type Publication implements Node {
  id: ID! platform: Platform! content: String! status: PublicationStatus! scheduledTime: DateTime schedulerId: ID
  attempts: Int! publishedTime: DateTime remoteId: String url: String errorCode: String errorMessage: String
  account: ConnectedAccount postId: ID! updatedAt: DateTime!
}
type RecurringQueue implements Node {
  id: ID! clerkUserId: String! originalPostId: ID originalPost: Post status: QueueStatus! statusReason: String
  pausedUntil: DateTime pauseReason: String name: String interval: Int rule: String timezone: String
  cadence: Cadence! nextScheduledTime: DateTime! nextLocalTime: LocalDateTime endsAt: DateTime
  excludedDates: [Date!]! missedRuns: MissedRuns! onDuplicate: OnDuplicate! lastExecutedTime: DateTime
  executionCount: Int! maxExecutions: Int upcoming(first: Int = 5, until: DateTime): [UpcomingOccurrence!]!
  executions(first: Int = 10, after: String): QueueExecutionConnection!
  createdAt: DateTime! updatedAt: DateTime! posts: [Post!]!
}
type UpcomingOccurrence {
  queue: RecurringQueue! scheduledTime: DateTime! localTime: LocalDateTime post: Post movedFrom: DateTime
  skipped: Boolean! obstacles: [Obstacle!]!
}
type Obstacle { code: ObstacleCode! platform: Platform message: String! }
enum ObstacleCode {
  ACCOUNT_MISSING RECONNECT_REQUIRED ACCOUNT_BLOCKED TOKEN_EXPIRES_BEFORE DUPLICATE_TEXT ORIGINAL_DELETED
  PLATFORM_TRIPPED
}
type MissedRuns { policy: MissedRunsPolicy! withinMinutes: Int }
type QueueExecution implements Node {
  id: ID! scheduledTime: DateTime! executedTime: DateTime! outcome: ExecutionOutcome! reason: String
  missedCount: Int! until: DateTime movedTo: DateTime extra: Boolean! queueId: ID! explanation: String! post: Post
}
type ConnectedAccount implements Node {
  id: ID! platform: Platform! accountId: String! handle: String status: AccountStatus! tokenExpiresAt: DateTime
  expiresSoon: Boolean!
}
type CreatePostPayload { post: Post! warnings: [Warning!]! }
type UpdatePostPayload { post: Post! warnings: [Warning!]! }
type ClonePostPayload { post: Post! warnings: [Warning!]! }
type SchedulePostPayload { post: Post! warnings: [Warning!]! }
type UnschedulePostPayload { post: Post! warnings: [Warning!]! }
type CreateQueuePayload { queue: RecurringQueue! warnings: [Warning!]! }
type UpdateQueuePayload { queue: RecurringQueue! warnings: [Warning!]! }
type PauseQueuePayload { queue: RecurringQueue! warnings: [Warning!]! }
type ResumeQueuePayload { queue: RecurringQueue! warnings: [Warning!]! }
type PauseQueuesPayload { results: [BulkQueueResult!]! warnings: [Warning!]! }
type ResumeQueuesPayload { results: [BulkQueueResult!]! warnings: [Warning!]! }
type DeleteQueuesPayload { results: [BulkQueueResult!]! warnings: [Warning!]! }
type SkipOccurrencePayload { queue: RecurringQueue! warnings: [Warning!]! }
type MoveOccurrencePayload { queue: RecurringQueue! warnings: [Warning!]! }
type RestoreOccurrencePayload { queue: RecurringQueue! warnings: [Warning!]! }
type RunQueueNowPayload { queue: RecurringQueue! execution: QueueExecution! warnings: [Warning!]! }
type PauseAllQueuesPayload { count: Int! warnings: [Warning!]! }
type ResumeAllQueuesPayload { count: Int! warnings: [Warning!]! }
type BulkQueueResult { id: ID! queue: RecurringQueue error: BulkError }
type BulkError { code: ErrorCode! message: String! field: String }
enum ErrorCode {
  UNAUTHENTICATED NOT_FOUND BAD_USER_INPUT CONFLICT QUOTA_EXCEEDED RATE_LIMITED BAD_REQUEST UNAVAILABLE
  PERSISTED_QUERY_NOT_FOUND INTERNAL_SERVER_ERROR
}
type RetryPublicationPayload { publication: Publication! warnings: [Warning!]! }
type WithdrawConfirmationPayload { publication: Publication! warnings: [Warning!]! }
type ConfirmPublicationPayload { publication: Publication! warnings: [Warning!]! }
type ConnectAccountPayload { account: ConnectedAccount! warnings: [Warning!]! }
type DeletePostPayload { deletedId: ID! warnings: [Warning!]! }
type DeleteQueuePayload { deletedId: ID! warnings: [Warning!]! }
type DisconnectAccountPayload { deletedId: ID! warnings: [Warning!]! }
type Warning { code: WarningCode! message: String! field: String }
enum WarningCode {
  ACCOUNT_MISSING RECONNECT_REQUIRED TOKEN_EXPIRES RULE_LEAVES_OUT EXCLUDED_DATE CHANGES_DROPPED PENDING_TIME_GIVEN_UP
  ALREADY_IN_LEDGER DUPLICATE_TEXT
  STILL_SCHEDULED HELD_BACK NOT_ALL_RESUMED PAUSES_THAT_END ENDS_WITH_PAUSE NO_OCCURRENCE_LEFT ALREADY_ACTIVE
  PAUSED_THEN
}
type PageInfo { hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String endCursor: String }
type PublicationEdge { cursor: String! node: Publication! }
type PublicationConnection {
  edges: [PublicationEdge!]! nodes: [Publication!]! pageInfo: PageInfo! totalCount: Int
}
type PostEdge { cursor: String! node: Post! }
type RecurringQueueEdge { cursor: String! node: RecurringQueue! }
type QueueExecutionEdge { cursor: String! node: QueueExecution! }
type PostConnection { edges: [PostEdge!]! nodes: [Post!]! pageInfo: PageInfo! totalCount: Int }
type UpcomingOccurrenceEdge { cursor: String! node: UpcomingOccurrence! }
type UpcomingOccurrenceConnection {
  edges: [UpcomingOccurrenceEdge!]! nodes: [UpcomingOccurrence!]! pageInfo: PageInfo! totalCount: Int
}
type RecurringQueueConnection {
  edges: [RecurringQueueEdge!]! nodes: [RecurringQueue!]! pageInfo: PageInfo! totalCount: Int
}
type QueueExecutionConnection {
  edges: [QueueExecutionEdge!]! nodes: [QueueExecution!]! pageInfo: PageInfo! totalCount: Int
}
"""


def lines(sdl: str) -> dict[str, set[str]]:
    """Every type with its fields and values, each with arguments, types and defaults; no descriptions."""
    bare = build_schema(re.sub(r'"""[\s\S]*?"""', "", sdl))
    blocks = (block.splitlines() for block in re.split(r"\n(?=\w)", print_schema(bare)) if block.strip())
    return {block[0].rstrip(" {"): {line.strip() for line in block[1:] if line.strip(" }")} for block in blocks}


SERVED = lines(schema.as_str())
WANTED = lines(DESIGN)


def test_the_committed_schema_is_the_one_that_is_served():
    assert COMMITTED.read_text().strip() == schema.as_str().strip()


@pytest.mark.parametrize("name", [name for name in WANTED if not name.startswith("scalar")])
def test_the_design_is_served_to_the_letter(name):
    assert WANTED[name] <= SERVED[name]


def test_nothing_else_is_served():
    more = {(name, line) for name in SERVED for line in SERVED[name] - WANTED.get(name, set())}
    assert not more
    assert {name.split("@")[0].strip() for name in SERVED} == WANTED.keys()


def test_no_operation_reaches_the_functions_of_the_cron():
    assert not re.search(r"process_?due|publish_?due", schema.as_str(), re.IGNORECASE)


def test_what_lists_have_is_a_node_unless_it_is_foreseen_and_stored_nowhere():
    types = build_schema(schema.as_str()).type_map
    listed = {get_named_type(one.fields["node"].type) for name, one in types.items() if name.endswith("Edge")}
    assert {one.name for one in listed if types["Node"] not in one.interfaces} == {"UpcomingOccurrence"}


def test_no_token_can_be_asked_for():
    fields = {line for name, block in SERVED.items() if name.startswith("type") for line in block}
    assert {line for line in fields if "token" in line.lower()} == {"tokenExpiresAt: DateTime"}
