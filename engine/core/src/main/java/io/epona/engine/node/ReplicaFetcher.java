package io.epona.engine.node;

import io.epona.codecs.ResultCode;
import io.epona.engine.PartitionReader.BatchesHandler;
import io.epona.engine.log.LogReader;
import io.epona.engine.log.PartitionLog;
import io.epona.engine.log.ReplicatedLog;
import io.epona.engine.replica.Replica;
import io.epona.engine.replica.ReplicaShard;
import io.epona.engine.replica.Role;
import org.agrona.DirectBuffer;

import java.util.TreeMap;

/**
 * Reads committed batches for consumers, where this broker leads: first whether the consumer's last record is the one
 * that stands here, then what lies between its offset and the high watermark, which is read once.
 * <p>
 * Owned by the thread of the replicas.
 */
final class ReplicaFetcher implements BatchesHandler
{
    /** A reader of a log, kept for as long as the log is the replica's. */
    private record OpenReader(PartitionLog log, LogReader reader)
    {
    }

    private static final int TRUNCATED = ResultCode.TRUNCATED.code();

    private final ReplicaShard shard;
    private final TreeMap<PartitionId, OpenReader> readers = new TreeMap<>();
    private FetchHandler handler;
    private Replica replica;

    ReplicaFetcher(final ReplicaShard shard)
    {
        this.shard = shard;
    }

    /**
     * See {@link NodeShard#fetch}.
     */
    int fetch(
        final long topicId,
        final int partition,
        final long offset,
        final int lastEpoch,
        final int maxLength,
        final FetchHandler target,
        final FetchResult result)
    {
        final Replica found = shard.replica(topicId, partition);
        if (null == found)
        {
            result.set(ResultCode.UNKNOWN_TOPIC.code(), -1, -1, -1);
            return result.code();
        }
        if (Role.LEADER != found.role())
        {
            result.set(ResultCode.NOT_LEADER.code(), found.leaderEpoch(), -1, -1);
            return result.code();
        }

        final int refusal = found.checkFetch(offset, lastEpoch);
        if (refusal < 0)
        {
            result.set(refusal, found.leaderEpoch(), found.highWatermark(), found.logStart());
            if (TRUNCATED == refusal)
            {
                result.diverged(floorEpoch(found, lastEpoch), found.endOffsetFor(lastEpoch));
            }
            return refusal;
        }

        handler = target;
        replica = found;
        final long code = poll(reader(new PartitionId(topicId, partition), found.log()), offset, maxLength);
        handler = null;
        replica = null;
        result.set((int)code, found.leaderEpoch(), found.highWatermark(), found.logStart());

        return result.code();
    }

    private static int floorEpoch(final Replica replica, final int epoch)
    {
        final ReplicatedLog log = replica.log().replicated();
        final int floor = log.floorOfEpoch(epoch);

        return floor < 0 ? -1 : log.epoch(floor);
    }

    private long poll(final LogReader reader, final long offset, final int maxLength)
    {
        final int read = reader.position() == offset ? reader.pollBatches(this, maxLength) : TRUNCATED;
        if (TRUNCATED != read)
        {
            return read;
        }
        // It stands elsewhere, or stood above a cut while another broker led; where the consumer is was checked.
        if (offset > replica.highWatermark() && offset <= replica.logEnd())
        {
            // Not committed here yet: a consumer that was faster with the leader before waits.
            return 0;
        }
        final long refusal = reader.seek(offset);
        if (refusal < 0)
        {
            return refusal;
        }

        return reader.pollBatches(this, maxLength);
    }

    @Override
    public boolean onBatches(
        final DirectBuffer buffer, final int index, final int length, final long baseOffset, final long nextOffset)
    {
        handler.onBatches(
            buffer, index, length, nextOffset, replica.highWatermark(), replica.logStart(), replica.leaderEpoch());
        return true;
    }

    private LogReader reader(final PartitionId id, final PartitionLog log)
    {
        final OpenReader known = readers.get(id);
        if (null != known && known.log() == log)
        {
            return known.reader();
        }
        if (null != known)
        {
            known.reader().close();
        }

        final OpenReader opened = new OpenReader(log, log.newReader());
        readers.put(id, opened);

        return opened.reader();
    }

    /** A replica is about to go. */
    void onReplicaRemoved(final PartitionId id)
    {
        final OpenReader known = readers.remove(id);
        if (null != known)
        {
            known.reader().close();
        }
    }

    /** The logs are about to be closed. */
    void close()
    {
        readers.values().forEach((open) -> open.reader().close());
        readers.clear();
    }
}
