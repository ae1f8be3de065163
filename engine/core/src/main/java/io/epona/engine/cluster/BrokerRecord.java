package io.epona.engine.cluster;

/**
 * What a controller knows of a broker. Immutable: any thread.
 *
 * @param brokerId     of the broker.
 * @param brokerEpoch  its latest life.
 * @param cleanSince   lowest broker epoch since which no data can have been lost.
 * @param durableSince the same for what was flushed.
 * @param isRegistered whether the latest life is a member now.
 * @param isRunning    whether it is a member and does not stop.
 */
public record BrokerRecord(
    int brokerId, int brokerEpoch, int cleanSince, int durableSince, boolean isRegistered, boolean isRunning)
{
    /** One that never registered: no life of it is still to be read, it lost nothing, and it does not run. */
    public static final BrokerRecord UNKNOWN = new BrokerRecord(-1, Integer.MAX_VALUE, 0, 0, false, false);
}
