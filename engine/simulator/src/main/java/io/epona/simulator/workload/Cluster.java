package io.epona.simulator.workload;

/**
 * The brokers, as clients reach them.
 * <p>
 * Owned by the thread of its world.
 */
interface Cluster
{
    /**
     * @param brokerId of a broker.
     * @return what serves clients in the process that runs now, or null; another object for each process.
     */
    BrokerFront front(int brokerId);

    /**
     * @param brokerId of a broker.
     * @return whether its process runs and does not stand still.
     */
    boolean isResponsive(int brokerId);

    /**
     * Do something in the process of a broker, which may die of it.
     *
     * @param brokerId of a broker whose process runs.
     * @param what     it is: a constant.
     * @param action   to do.
     */
    void run(int brokerId, String what, Runnable action);

    /**
     * @return number of brokers, ids from 1.
     */
    int brokerCount();
}
