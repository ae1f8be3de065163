package io.epona.engine.node;

import io.epona.codecs.ResultCode;
import io.epona.engine.replica.Replica;
import io.epona.engine.replica.ReplicaShard;
import org.agrona.DirectBuffer;

/**
 * The replicas of a broker, and the entry points by which its clients and the other brokers reach them. There from the
 * beginning of the {@link ClusterNode}; until the broker has recovered its logs it holds nothing and refuses.
 * <p>
 * Owned by the thread of the shard: every method is called by it alone.
 */
public final class NodeShard
{
    private static final int NOT_CONNECTED = ResultCode.NOT_CONNECTED.code();

    private final ClusterNode node;
    private ReplicaShard shard;
    private ReplicaFetcher fetcher;

    NodeShard(final ClusterNode node)
    {
        this.node = node;
    }

    void begin(final ReplicaShard replicas, final ReplicaFetcher readers)
    {
        shard = replicas;
        fetcher = readers;
    }

    /**
     * One cycle: what the conductor and the housekeeper told, deadlines, everything that is to be sent. To be called
     * after the streams were polled; never blocks.
     *
     * @param nowNs epoch ns, never less than before.
     * @return amount of work done, 0 for none.
     */
    public int doWork(final long nowNs)
    {
        if (!node.isMember())
        {
            return 0;
        }

        final int workCount = shard.doWork(nowNs);
        node.halt();

        return workCount;
    }

    /**
     * An image of the control or data stream from another broker came.
     *
     * @param brokerId of the sender.
     */
    public void onImage(final int brokerId)
    {
        if (node.isMember())
        {
            shard.onImage(brokerId);
        }
    }

    /**
     * An image of the control or data stream from another broker went.
     *
     * @param brokerId of the sender.
     */
    public void onImageGone(final int brokerId)
    {
        if (node.isMember())
        {
            shard.onImageGone(brokerId);
        }
    }

    /**
     * A message of another broker.
     *
     * @param brokerId of the sender, known by the image.
     * @param buffer   that holds it; valid until the call returns.
     * @param index    of the SBE message header.
     * @param length   in bytes.
     */
    public void onMessage(final int brokerId, final DirectBuffer buffer, final int index, final int length)
    {
        if (node.isMember())
        {
            shard.onMessage(brokerId, buffer, index, length);
        }
    }

    /**
     * Append a batch of a producer.
     *
     * @param topicId       of the topic.
     * @param partition     number.
     * @param batch         buffer that holds the batch.
     * @param index         of the batch.
     * @param length        of the batch.
     * @param acks          0 none, 1 leader, -1 all in-sync replicas.
     * @param correlationId that the {@link io.epona.engine.replica.AppendListener} is given, where acks are -1.
     * @param deadlineNs    epoch ns after which a wait for other replicas ends with TIMED_OUT.
     * @param nowNs         epoch ns.
     * @return base offset, or a negative result code.
     */
    public long produce(
        final long topicId, final int partition, final DirectBuffer batch, final int index, final int length,
        final byte acks, final long correlationId, final long deadlineNs, final long nowNs)
    {
        return node.isActive() ?
            shard.append(
                node.currentId(topicId), partition, batch, index, length, acks, correlationId, deadlineNs, nowNs) :
            NOT_CONNECTED;
    }

    /**
     * Read committed batches from the one that holds an offset on.
     *
     * @param topicId   of the topic.
     * @param partition number.
     * @param offset    of the next record wanted.
     * @param lastEpoch leader epoch of the record before it, -1 where the caller has read none.
     * @param maxLength of what is handed over, in bytes; a first batch that is longer is handed over alone.
     * @param handler   called at most once.
     * @param result    filled with the answer.
     * @return {@link FetchResult#code()}.
     */
    public int fetch(
        final long topicId, final int partition, final long offset, final int lastEpoch, final int maxLength,
        final FetchHandler handler, final FetchResult result)
    {
        if (node.isActive())
        {
            return fetcher.fetch(node.currentId(topicId), partition, offset, lastEpoch, maxLength, handler, result);
        }

        result.set(NOT_CONNECTED, -1, -1, -1);
        return NOT_CONNECTED;
    }

    /**
     * @param topicId   of the topic.
     * @param partition number.
     * @return the local replica, to look at; null where there is none.
     */
    public Replica replica(final long topicId, final int partition)
    {
        return node.isMember() ? shard.replica(topicId, partition) : null;
    }
}
