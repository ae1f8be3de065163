package io.epona.transport;

/**
 * Makes lanes to one broker. Methods never block and may be called from any thread; what they return belongs to the
 * caller's thread.
 */
public interface LaneConnector extends AutoCloseable
{
    /**
     * Start to open a lane.
     *
     * @param kind  of lane.
     * @param sizes to use, or null where the kind is {@link LaneKind#CONTROL}.
     * @param shard of the broker, 0 for the control lane.
     * @return the opening, to be polled.
     */
    Opening open(LaneKind kind, LaneSizes sizes, int shard);

    /**
     * Sizes of data lanes.
     *
     * @param maxBatchLength that the broker accepts.
     * @return the sizes.
     * @throws IllegalArgumentException where this system cannot have them; the text has the remedy.
     */
    LaneSizes sizes(int maxBatchLength);

    /**
     * @param session that pays for the source.
     * @param shard   of the broker.
     * @return a source of pushes of one shard.
     */
    PushSource pushSource(SessionInfo session, int shard);

    /**
     * @return address of the broker for messages to people.
     */
    String description();

    @Override
    void close();

    /**
     * A lane on its way. Owned by one thread.
     */
    interface Opening extends AutoCloseable
    {
        /**
         * Move on.
         *
         * @return the lane once requests can be offered, then owned by the caller; null before.
         */
        Lane poll();

        /**
         * @return why there will be no lane, or null.
         */
        String problem();

        /**
         * Give up; no effect once the lane was returned.
         */
        @Override
        void close();
    }
}
