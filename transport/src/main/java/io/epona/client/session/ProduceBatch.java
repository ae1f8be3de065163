package io.epona.client.session;

import io.epona.codecs.batch.Crc32c;
import io.epona.codecs.batch.RecordBatchDescriptor;
import org.agrona.concurrent.UnsafeBuffer;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

/**
 * A batch of a partition and its bytes, kept until it is settled: what is sent again are the same bytes. Used again
 * for later batches, with other buffers. Owned by its machine's thread, changed by its {@link ProducerPartition} only.
 * <pre>
 *   DONE --opened--> OPEN --closed--> READY --sent--> SENT --acked--> DONE
 *   SENT --refused, answer lost, other leader--> READY
 *   READY or SENT --its sequence can not follow any more, and it is not in the log--> REFUSED --new epoch--> READY
 *   any --given up--> DONE
 * </pre>
 */
final class ProduceBatch
{
    enum State
    {
        OPEN, READY, SENT, REFUSED, DONE
    }

    State state = State.DONE;
    UnsafeBuffer buffer = BatchBuffers.none();
    /** In the partition's ring, never used again. */
    long index;
    /** Number of the first record. */
    long firstNumber;
    int count;
    int length;
    /** Of the first record, where the producer is idempotent and the batch closed. */
    int sequence;
    /** When its first record was accepted. */
    long acceptedNs;
    /** Whether it was ever sent under its sequence. */
    boolean isAttempted;
    /** Whether a sending of it went without an answer that says whether it was written. */
    boolean isInDoubt;
    /** Why a leader did not take it, the last time that one said so; 0 none did. */
    int refusal;
    /** The sending that is awaited, while SENT. */
    ProduceLane lane;
    int requestId;
    private boolean isSettled;
    private int outcome;
    private boolean isOutcomeKnown;
    private long baseOffset;
    private int ackEpoch;
    private int inMemory;
    private int onDisk;

    void open(final UnsafeBuffer taken, final long ringIndex, final long number, final long nowNs)
    {
        buffer = taken;
        state = State.OPEN;
        index = ringIndex;
        firstNumber = number;
        count = 0;
        length = 0;
        sequence = -1;
        acceptedNs = nowNs;
        isAttempted = false;
        isInDoubt = false;
        refusal = 0;
        isSettled = false;
    }

    /** The answer to the sending that is awaited, if one is, counts no more. */
    void cancel()
    {
        if (State.SENT == state && lane.inFlight.isUnsettled(requestId))
        {
            lane.inFlight.settle(requestId);
        }
    }

    /** What became of its records, to be told when it is its turn. */
    void settle(
        final int code,
        final boolean isKnown,
        final long offset,
        final int epoch,
        final int replicasInMemory,
        final int replicasOnDisk)
    {
        isSettled = true;
        outcome = code;
        isOutcomeKnown = isKnown;
        baseOffset = offset;
        ackEpoch = epoch;
        inMemory = replicasInMemory;
        onDisk = replicasOnDisk;
    }

    /** Tell what became of its records; nothing is told of those that went without acks. */
    void tell(final ProduceListener listener, final ProducerPartition partition)
    {
        if (isSettled)
        {
            listener.onSettled(
                partition, firstNumber, count, outcome, isOutcomeKnown, baseOffset, ackEpoch, inMemory, onDisk);
        }
    }

    boolean isKnownNotWritten()
    {
        return State.SENT != state && !isInDoubt;
    }

    boolean isUnresolved()
    {
        return isAttempted && (State.READY == state || State.SENT == state);
    }

    /** Give a closed batch that was never sent, or is known not to be written, another identity. */
    void stamp(final long producerId, final short epoch, final int newSequence, final Crc32c crc)
    {
        sequence = newSequence;
        isAttempted = false;
        isInDoubt = false;
        buffer.putLong(RecordBatchDescriptor.PRODUCER_ID_OFFSET, producerId, LITTLE_ENDIAN);
        buffer.putInt(RecordBatchDescriptor.PRODUCER_EPOCH_OFFSET, epoch & 0xFFFF, LITTLE_ENDIAN);
        buffer.putInt(RecordBatchDescriptor.BASE_SEQUENCE_OFFSET, newSequence, LITTLE_ENDIAN);
        buffer.putInt(
            RecordBatchDescriptor.BODY_CRC_OFFSET,
            crc.compute(buffer, RecordBatchDescriptor.BODY_OFFSET, length - RecordBatchDescriptor.BODY_OFFSET),
            LITTLE_ENDIAN);
    }
}
