package io.epona.engine.node;

import io.epona.codecs.ResultCode;
import io.epona.engine.log.PartitionLog;
import org.agrona.DirectBuffer;

import java.util.List;
import java.util.Map;

/**
 * Everything that a broker does in a cluster, between its ports: files, coordination, links to the other brokers, and
 * the entry points that a session of a client reaches. One object is one life of a broker.
 * <p>
 * Two duty cycles drive it: {@link #doWork} takes decisions and never blocks, {@link #housekeep} does what may block.
 * Who embeds it calls both, each at least every few milliseconds. A process that is killed just calls them no more.
 * <p>
 * <b>Threads.</b> One thread makes every call.
 */
public final class ClusterNode
{
    private static final int NOT_CONNECTED = ResultCode.NOT_CONNECTED.code();

    private final NodeContext ctx;
    private NodePhase phase = NodePhase.CONNECTING;

    /**
     * Touches nothing yet: the first duty cycles begin.
     *
     * @param context of this life; concluded here.
     */
    public ClusterNode(final NodeContext context)
    {
        this.ctx = context.conclude();
    }

    /**
     * One cycle of deciding: answers of the coordination, membership, control, what the replicas send.
     *
     * @param nowNs epoch ns, never less than before.
     * @return amount of work done, 0 for none.
     */
    public int doWork(final long nowNs)
    {
        return ctx.coordination().poll();
    }

    /**
     * One cycle of what may block: recovery at the start, making and removing replicas, looking after the logs, the
     * checkpoint.
     *
     * @param nowNs epoch ns, never less than before.
     * @return amount of work done, 0 for none.
     */
    public int housekeep(final long nowNs)
    {
        return 0;
    }

    /**
     * The same without looking after the logs, for who calls {@link PartitionLog#housekeep} of {@link #logs()} in an
     * order and at times of its own.
     *
     * @param nowNs epoch ns, never less than before.
     * @return amount of work done, 0 for none.
     */
    public int housekeepDirectory(final long nowNs)
    {
        return 0;
    }

    /**
     * @return the open logs, by topic id and partition.
     */
    public List<PartitionLog> logs()
    {
        return List.of();
    }

    /**
     * @return where this life stands. With FAILED the process is to end at once; the error handler was told why.
     */
    public NodePhase phase()
    {
        return phase;
    }

    /**
     * Begin a controlled stop: tell the others, wait until this broker leads nothing or the time is over, put
     * everything on disk, write the clean marker. Goes on in the duty cycles until the phase is STOPPED. Idempotent.
     */
    public void stop()
    {
        phase = NodePhase.STOPPED;
    }

    /**
     * An image of the control or data stream from another broker came.
     *
     * @param brokerId of the sender.
     */
    public void onImage(final int brokerId)
    {
    }

    /**
     * An image of the control or data stream from another broker went.
     *
     * @param brokerId of the sender.
     */
    public void onImageGone(final int brokerId)
    {
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
        return NOT_CONNECTED;
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
        result.set(NOT_CONNECTED, -1, -1, -1);
        return NOT_CONNECTED;
    }

    /**
     * @return what this broker knows of the cluster.
     */
    public NodeMetadata metadata()
    {
        return new NodeMetadata(List.of(), List.of());
    }

    /**
     * Take a producer id that nobody else has.
     *
     * @param handler for the id.
     */
    public void allocateProducerId(final ProducerIdHandler handler)
    {
        handler.onProducerId(NOT_CONNECTED);
    }

    /**
     * Make a topic. Only the controller does.
     *
     * @param name              of the topic.
     * @param partitionCount    number of partitions.
     * @param replicationFactor number of replicas of each, -1 for the default.
     * @param config            settings of the topic.
     * @param handler           for the outcome.
     */
    public void createTopic(
        final String name, final int partitionCount, final int replicationFactor, final Map<String, String> config,
        final AdminHandler handler)
    {
        handler.onAdmin(ResultCode.NOT_CONTROLLER, -1, "this broker is not the controller");
    }

    /**
     * Delete a topic. Only the controller does.
     *
     * @param name    of the topic.
     * @param handler for the outcome.
     */
    public void deleteTopic(final String name, final AdminHandler handler)
    {
        handler.onAdmin(ResultCode.NOT_CONTROLLER, -1, "this broker is not the controller");
    }

    /**
     * @return whether this broker is the controller, as far as it knows.
     */
    public boolean isController()
    {
        return false;
    }

    /**
     * @return broker id of the controller, -1 where none is known.
     */
    public int controllerId()
    {
        return -1;
    }

    /**
     * @return epoch of this life, -1 before it registered.
     */
    public int brokerEpoch()
    {
        return -1;
    }
}
