package io.epona.transport;

/**
 * An open session, as the broker described it. Immutable; a new session is a new object.
 *
 * @param connector           by which the broker was reached.
 * @param token               that names the session in every message.
 * @param brokerId            of the broker.
 * @param shards              of the broker.
 * @param maxMessageBytes     largest batch, its header included.
 * @param maxRequestsInFlight un-acked produce requests of a lane.
 * @param keepAliveIntervalNs longest silence of the client.
 * @param sessionTimeoutNs    silence after which either side gives the session up.
 */
public record SessionInfo(
    LaneConnector connector,
    long token,
    int brokerId,
    int shards,
    int maxMessageBytes,
    int maxRequestsInFlight,
    long keepAliveIntervalNs,
    long sessionTimeoutNs)
{
}
