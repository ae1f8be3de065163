package io.epona.engine.log;

import io.epona.codecs.ResultCode;
import io.epona.codecs.batch.Crc32c;
import io.epona.codecs.batch.RecordBatchBuilder;
import io.epona.codecs.batch.RecordBatchDescriptor;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

class ProducerStatesTest
{
    private static final long OUT_OF_ORDER = ResultCode.OUT_OF_ORDER_SEQUENCE.code();
    private static final long UNKNOWN = ResultCode.UNKNOWN_PRODUCER.code();
    private static final long CORRUPT = ResultCode.CORRUPT_BATCH.code();

    private final UnsafeBuffer buffer = new UnsafeBuffer(new byte[64 * 1024]);
    private final Crc32c crc = new Crc32c();
    private final RecordBatchBuilder builder = new RecordBatchBuilder(crc);
    private final ProducerStates states = new ProducerStates();
    private long nowNs = 1_000;
    private long logEnd;

    private void batch(final long producerId, final int epoch, final int sequence, final int count)
    {
        builder.begin(buffer, 0, buffer.capacity(), nowNs).producer(producerId, (short)epoch, sequence);
        for (int i = 0; i < count; i++)
        {
            assertTrue(builder.append(nowNs, null, 0, -1, buffer, 0, 0));
        }
        builder.finish();
    }

    private long check(final long producerId, final int epoch, final int sequence, final int count)
    {
        batch(producerId, epoch, sequence, count);
        return states.check(buffer, 0, nowNs);
    }

    /** Append where it is accepted; returns the offset or what check said. */
    private long append(final long producerId, final int epoch, final int sequence, final int count)
    {
        final long verdict = check(producerId, epoch, sequence, count);
        if (ProducerStates.ACCEPTED != verdict)
        {
            return verdict;
        }
        final long offset = logEnd;
        RecordBatchDescriptor.stamp(buffer, 0, offset, 0, nowNs, crc);
        states.onBatch(buffer, 0);
        logEnd += count;

        return offset;
    }

    @Test
    void shouldAcceptInOrderAndAnswerDuplicatesWithTheirOffset()
    {
        assertEquals(0, append(7, 0, 0, 3));
        assertEquals(3, append(7, 0, 3, 2));
        assertEquals(0, append(7, 0, 0, 3));
        assertEquals(3, append(7, 0, 3, 2));
        assertEquals(5, append(7, 0, 5, 1));
        assertEquals(OUT_OF_ORDER, append(7, 0, 7, 1), "a gap");
        assertEquals(OUT_OF_ORDER, append(7, 0, 3, 3), "not the same batch");
        assertEquals(OUT_OF_ORDER, append(7, 0, 4, 1));
        assertEquals(5, states.lastSequence(7));
        assertEquals(-1, states.lastSequence(8));
        assertEquals(6, append(8, 0, 0, 1), "another producer");
        assertEquals(2, states.size());
    }

    @Test
    void shouldRememberThirtyTwoBatches()
    {
        for (int i = 0; i < 100; i++)
        {
            assertEquals(2 * i, append(7, 1, 2 * i, 2));
        }
        for (int i = 0; i < 100; i++)
        {
            assertEquals(i < 68 ? OUT_OF_ORDER : 2 * i, append(7, 1, 2 * i, 2));
        }
        assertEquals(32, states.state(7).count());
    }

    @Test
    void shouldRefuseWhoIsNotKnown()
    {
        assertEquals(UNKNOWN, append(7, 0, 1, 1));
        assertEquals(0, append(7, 3, 0, 5));
        assertEquals(OUT_OF_ORDER, append(7, 4, 5, 1), "a new epoch begins with 0");
        assertEquals(5, append(7, 4, 0, 1));
        assertEquals(UNKNOWN, append(7, 3, 5, 1), "an earlier epoch");
        assertEquals(UNKNOWN, append(7, 3, 0, 5));
        assertEquals(6, append(7, 4, 1, 1));
        assertEquals(CORRUPT, append(7, -1, 2, 1));
        assertEquals(CORRUPT, append(7, 4, -1, 1));
        assertEquals(CORRUPT, append(-2, 4, 0, 1));
    }

    @Test
    void shouldWrapSequences()
    {
        final ProducerState state = new ProducerState(7);
        state.begin((short)0);
        state.add(Integer.MAX_VALUE - 4, Integer.MAX_VALUE - 2, 0, nowNs);
        states.put(state);
        logEnd = 3;
        assertEquals(3, append(7, 0, Integer.MAX_VALUE - 1, 4), "the last two and the first two");
        assertEquals(1, states.lastSequence(7));
        assertEquals(3, append(7, 0, Integer.MAX_VALUE - 1, 4));
        assertEquals(7, append(7, 0, 2, 1));
    }

    @Test
    void shouldForgetAfterSevenDays()
    {
        append(7, 0, 0, 3);
        nowNs += ProducerStates.EXPIRY_NS;
        assertEquals(3, append(7, 0, 3, 1));
        nowNs += ProducerStates.EXPIRY_NS + 1;
        assertEquals(UNKNOWN, append(7, 0, 4, 1));
        assertEquals(4, append(7, 0, 0, 1), "it may begin anew");
        assertEquals(1, states.state(7).count());

        append(8, 0, 0, 1);
        nowNs += ProducerStates.EXPIRY_NS + 1;
        append(9, 0, 0, 1);
        states.sweep(nowNs);
        assertEquals(1, states.size());
        assertNull(states.state(8));
    }

    @Test
    void shouldBoundTheProducers()
    {
        for (int i = 0; i < ProducerStates.COUNT_MAX; i++)
        {
            assertEquals(i, append(i, 0, 0, 1));
        }
        assertEquals(ResultCode.LIMIT_REACHED.code(), append(1_000_000, 0, 0, 1));
        assertEquals(logEnd, append(5, 0, 1, 1));
        nowNs += ProducerStates.EXPIRY_NS + 1;
        assertEquals(logEnd, append(1_000_000, 0, 0, 1));
        assertEquals(1, states.size());
    }

    @Test
    void shouldSweepWhileProducersComeAndGo()
    {
        for (int i = 0; i < 10_000; i++)
        {
            nowNs += ProducerStates.EXPIRY_NS / 20;
            append(i, 0, 0, 1);
        }
        assertTrue(states.size() <= 65, () -> "" + states.size());
    }

    @Test
    void shouldReadTheSnapshotItWroteAndNoByteElse()
    {
        for (int i = 0; i < 50; i++)
        {
            append(i % 5, 1, i / 5, 1);
            nowNs++;
        }
        append(3, 9, 0, 40);
        final byte[] bytes = ProducerSnapshot.encode(states, 77, 3, logEnd);
        assertNull(ProducerSnapshot.damage(bytes, 77, 3, logEnd));
        final ProducerStates read = new ProducerStates();
        ProducerSnapshot.decode(bytes, read);
        assertEquals(states, read);
        assertEquals(states, states.copy());
        assertNotEquals(states, new ProducerStates());
        assertNotNull(ProducerSnapshot.damage(bytes, 78, 3, logEnd));
        assertNotNull(ProducerSnapshot.damage(bytes, 77, 2, logEnd));
        assertNotNull(ProducerSnapshot.damage(bytes, 77, 3, logEnd + 1));
        for (int i = 0; i < bytes.length; i++)
        {
            final byte[] flipped = bytes.clone();
            flipped[i] ^= 0x10;
            assertNotNull(ProducerSnapshot.damage(flipped, 77, 3, logEnd), "byte " + i);
            final byte[] cut = new byte[i];
            System.arraycopy(bytes, 0, cut, 0, i);
            assertNotNull(ProducerSnapshot.damage(cut, 77, 3, logEnd), "cut at " + i);
        }
    }
}
