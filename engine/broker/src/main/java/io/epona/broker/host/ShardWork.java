package io.epona.broker.host;

import io.aeron.Aeron;

/**
 * What a shard does beside its lanes: in a cluster, replication. Called by the shard's agent, twice in a cycle: before
 * anything else, and between what producers brought and what consumers get.
 */
public interface ShardWork
{
    /** Of a broker that is alone. */
    ShardWork NONE = new ShardWork()
    {
        @Override
        public void begin(final ShardLanes lanes)
        {
            // There is nothing to tell them.
        }

        @Override
        public void listen(final Aeron aeron, final int port)
        {
            // There is nobody to hear.
        }

        @Override
        public void unlisten()
        {
            // See listen.
        }

        @Override
        public int receive(final long nowNs)
        {
            return 0;
        }

        @Override
        public int send(final long nowNs)
        {
            return 0;
        }

        @Override
        public void close()
        {
            // Nothing was begun.
        }
    };

    /**
     * @param lanes of the shard, told of what concerns them. Before the agent runs.
     */
    void begin(ShardLanes lanes);

    /**
     * Hear the other brokers. Blocks: before the agent runs.
     *
     * @param aeron client of the agent.
     * @param port  first of the broker's ports.
     */
    void listen(Aeron aeron, int port);

    /**
     * Stop hearing on ports that could not be had all. Before the agent runs.
     */
    void unlisten();

    /**
     * Take in what came.
     *
     * @param nowNs of the cycle.
     * @return work count.
     */
    int receive(long nowNs);

    /**
     * Decide and send what follows from it, and from what was appended meanwhile.
     *
     * @param nowNs of the cycle.
     * @return work count.
     */
    int send(long nowNs);

    /**
     * The agent ends: nothing is called after this.
     */
    void close();
}
