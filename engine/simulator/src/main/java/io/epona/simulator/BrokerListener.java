package io.epona.simulator;

import io.epona.engine.node.ClusterNode;
import org.agrona.DirectBuffer;

/**
 * Hears what brokers do: the oracle and the clients.
 */
public interface BrokerListener
{
    /**
     * A process began.
     *
     * @param brokerId of the broker.
     * @param node     what it runs.
     */
    void onStarted(int brokerId, ClusterNode node);

    /**
     * A process ended.
     *
     * @param brokerId  of the broker.
     * @param isInOrder whether it had stopped in order.
     */
    void onEnded(int brokerId, boolean isInOrder);

    /**
     * A process did something: its replicas may have changed.
     *
     * @param brokerId of the broker.
     * @param node     what it runs.
     */
    void onCycle(int brokerId, ClusterNode node);

    /**
     * A broker is about to be given a message of another one.
     *
     * @param brokerId of the broker.
     * @param buffer   that holds the message.
     * @param index    of it.
     */
    default void beforeMessage(final int brokerId, final DirectBuffer buffer, final int index)
    {
    }

    /**
     * A broker was given a message of another one.
     *
     * @param brokerId of the broker.
     * @param senderId of the other one.
     */
    default void afterMessage(final int brokerId, final int senderId)
    {
    }

    /**
     * An append that waited for other replicas is decided; see {@link io.epona.engine.replica.AppendListener}.
     *
     * @param brokerId      of the broker.
     * @param topicId       of the topic.
     * @param partition     of the topic.
     * @param correlationId that was given with the append.
     * @param code          0 where it is committed.
     * @param leaderEpoch   in which it was appended.
     * @param baseOffset    of the batch.
     */
    void onAppendDecided(
        int brokerId, long topicId, int partition, long correlationId, int code, int leaderEpoch, long baseOffset);

    /**
     * A broker reports a fault of its environment, or what an operator should know.
     *
     * @param brokerId of the broker.
     * @param error    reported.
     */
    void onError(int brokerId, Throwable error);

    /**
     * A machine threw: an invariant of its own is broken. The process ends.
     *
     * @param brokerId of the broker.
     * @param error    thrown.
     */
    void onCrash(int brokerId, Throwable error);

    /**
     * The memory of a host, or its disk, is gone; its process with it.
     *
     * @param brokerId of the broker.
     */
    void onStorageLost(int brokerId);
}
