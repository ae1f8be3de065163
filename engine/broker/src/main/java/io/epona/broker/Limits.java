package io.epona.broker;

/**
 * The numbers that lanes and sessions are held to. Immutable.
 *
 * @param maxBatchLength      largest batch in bytes, header included.
 * @param maxRequestsInFlight un-acked produce requests of a lane, a power of two.
 * @param maxLanes            open at a time, of one agent.
 * @param maxPendingLanes     lanes that have not sent their first message, of one agent.
 * @param maxSubscriptions    of one consume lane.
 * @param maxSessions         of the broker.
 * @param firstMessageTimeoutNs within which a lane has to send its first message.
 * @param keepAliveIntervalNs at which a client is asked to say that it is there.
 * @param sessionTimeoutNs    of silence after which a session ends.
 */
record Limits(
    int maxBatchLength,
    int maxRequestsInFlight,
    int maxLanes,
    int maxPendingLanes,
    int maxSubscriptions,
    int maxSessions,
    long firstMessageTimeoutNs,
    long keepAliveIntervalNs,
    long sessionTimeoutNs)
{
}
