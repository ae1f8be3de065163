package io.epona.engine.log;

import io.epona.codecs.ResultCode;
import io.epona.codecs.batch.RecordBatchDescriptor;
import org.agrona.DirectBuffer;
import org.agrona.collections.Long2ObjectHashMap;

import java.util.Arrays;
import java.util.Iterator;
import java.util.concurrent.TimeUnit;

/**
 * What a log knows of its idempotent producers, so that a batch that is sent twice is written once and in order: a
 * function of the batches of the log and nothing else, as is said in each method. A producer that was idle for seven
 * days by the append times of the log is forgotten, whether it is still held here or not.
 * <p>
 * Owned by one thread: the owner of the log has one, the housekeeper follows with another to write snapshots. Does
 * not allocate while the same producers go on.
 */
final class ProducerStates
{
    /** The batch is the next one of its producer. */
    static final long ACCEPTED = Long.MIN_VALUE;
    static final long EXPIRY_NS = TimeUnit.DAYS.toNanos(7);
    /** Producers of one log; a new one beyond them is refused until one was idle for long enough. */
    static final int COUNT_MAX = 64 * 1024;

    private static final int SWEEP_COUNT_MIN = 64;

    private final Long2ObjectHashMap<ProducerState> states = new Long2ObjectHashMap<>();
    private int sweepCount = SWEEP_COUNT_MIN;
    private long fullUntilNs = Long.MIN_VALUE;

    /**
     * Judge a batch before it is appended.
     *
     * @param buffer      holding a batch with a producer id.
     * @param index       of the batch.
     * @param timestampNs that it will be stamped with.
     * @return {@link #ACCEPTED}; or the base offset of the same batch, which stands in the log; or
     *         OUT_OF_ORDER_SEQUENCE where it does not follow the last one; UNKNOWN_PRODUCER where the producer is not
     *         known in this epoch and this is not its first batch, or is known in a later one; LIMIT_REACHED where
     *         there are too many producers; CORRUPT_BATCH where epoch or sequence is negative.
     */
    long check(final DirectBuffer buffer, final int index, final long timestampNs)
    {
        final long producerId = RecordBatchDescriptor.producerId(buffer, index);
        final short epoch = RecordBatchDescriptor.producerEpoch(buffer, index);
        final int first = RecordBatchDescriptor.baseSequence(buffer, index);
        if (producerId < 0 || epoch < 0 || first < 0)
        {
            return ResultCode.CORRUPT_BATCH.code();
        }

        final ProducerState state = states.get(producerId);
        if (null == state || isExpired(state, timestampNs))
        {
            return 0 != first ? ResultCode.UNKNOWN_PRODUCER.code() :
                null == state && isFull(timestampNs) ? ResultCode.LIMIT_REACHED.code() : ACCEPTED;
        }
        if (epoch < state.epoch())
        {
            return ResultCode.UNKNOWN_PRODUCER.code();
        }
        if (epoch > state.epoch())
        {
            return 0 == first ? ACCEPTED : ResultCode.OUT_OF_ORDER_SEQUENCE.code();
        }
        if (first == ProducerState.nextSequence(state.lastSequence()))
        {
            return ACCEPTED;
        }

        final long baseOffset = state.find(
            first, ProducerState.lastSequence(first, RecordBatchDescriptor.lastOffsetDelta(buffer, index)));
        return baseOffset >= 0 ? baseOffset : ResultCode.OUT_OF_ORDER_SEQUENCE.code();
    }

    /**
     * Take a batch of the log into account, in the order of the log. Batches without a producer change nothing.
     *
     * @param buffer holding the batch, stamped.
     * @param index  of the batch.
     */
    void onBatch(final DirectBuffer buffer, final int index)
    {
        final long producerId = RecordBatchDescriptor.producerId(buffer, index);
        final int first = RecordBatchDescriptor.baseSequence(buffer, index);
        if (producerId < 0 || first < 0)
        {
            return;
        }

        final short epoch = RecordBatchDescriptor.producerEpoch(buffer, index);
        final long timestampNs = RecordBatchDescriptor.appendTimestamp(buffer, index);
        ProducerState state = states.get(producerId);
        if (null == state)
        {
            state = add(producerId, timestampNs);
            state.begin(epoch);
        }
        else if (epoch != state.epoch() || isExpired(state, timestampNs))
        {
            state.begin(epoch);
        }
        state.add(
            first, ProducerState.lastSequence(first, RecordBatchDescriptor.lastOffsetDelta(buffer, index)),
            RecordBatchDescriptor.baseOffset(buffer, index), timestampNs);
    }

    /**
     * @return last sequence of a producer, -1 where it is not known.
     */
    int lastSequence(final long producerId)
    {
        final ProducerState state = states.get(producerId);
        return null == state ? -1 : state.lastSequence();
    }

    int size()
    {
        return states.size();
    }

    boolean isEmpty()
    {
        return states.isEmpty();
    }

    ProducerState state(final long producerId)
    {
        return states.get(producerId);
    }

    /**
     * @return the producers in the order of their ids.
     */
    ProducerState[] sorted()
    {
        final ProducerState[] sorted = states.values().toArray(new ProducerState[0]);
        Arrays.sort(sorted, (a, b) -> Long.compare(a.producerId(), b.producerId()));

        return sorted;
    }

    /** Take over what was read from a snapshot, or what another one holds. */
    void put(final ProducerState state)
    {
        states.put(state.producerId(), state);
    }

    /** Take over those of another one that are not known here. */
    void putMissing(final ProducerStates other)
    {
        for (final ProducerState state : other.states.values())
        {
            if (!states.containsKey(state.producerId()))
            {
                put(state);
            }
        }
    }

    /** Take over what another one knows of the log below an offset, of producers that are not known here. */
    void putMissing(final ProducerStates other, final long end)
    {
        for (final ProducerState state : other.states.values())
        {
            if (!states.containsKey(state.producerId()))
            {
                final ProducerState cut = state.copy();
                cut.truncate(end);
                if (cut.count() > 0)
                {
                    put(cut);
                }
            }
        }
    }

    void clear()
    {
        states.clear();
        sweepCount = SWEEP_COUNT_MIN;
        fullUntilNs = Long.MIN_VALUE;
    }

    ProducerStates copy()
    {
        final ProducerStates copy = new ProducerStates();
        states.values().forEach((state) -> copy.put(state.copy()));

        return copy;
    }

    /**
     * Drop what is forgotten at a time anyway. Append times of a log never fall, so nothing can come of it later.
     *
     * @param nowNs append time of the log.
     */
    void sweep(final long nowNs)
    {
        long oldestNs = Long.MAX_VALUE;
        final Iterator<ProducerState> iterator = states.values().iterator();
        while (iterator.hasNext())
        {
            final ProducerState state = iterator.next();
            if (isExpired(state, nowNs))
            {
                iterator.remove();
            }
            else
            {
                oldestNs = Math.min(oldestNs, state.lastTimestampNs());
            }
        }
        sweepCount = Math.max(SWEEP_COUNT_MIN, 2 * states.size());
        fullUntilNs = states.isEmpty() ? nowNs : oldestNs + EXPIRY_NS;
    }

    private ProducerState add(final long producerId, final long timestampNs)
    {
        if (states.size() >= sweepCount)
        {
            sweep(timestampNs);
        }
        final ProducerState state = new ProducerState(producerId);
        states.put(producerId, state);

        return state;
    }

    private boolean isFull(final long nowNs)
    {
        if (states.size() < COUNT_MAX)
        {
            return false;
        }
        if (nowNs > fullUntilNs)
        {
            sweep(nowNs);
        }

        return states.size() >= COUNT_MAX;
    }

    private static boolean isExpired(final ProducerState state, final long nowNs)
    {
        return nowNs - state.lastTimestampNs() > EXPIRY_NS;
    }

    @Override
    public boolean equals(final Object other)
    {
        return other instanceof ProducerStates && states.equals(((ProducerStates)other).states);
    }

    @Override
    public int hashCode()
    {
        return states.hashCode();
    }

    @Override
    public String toString()
    {
        return Arrays.toString(sorted());
    }
}
