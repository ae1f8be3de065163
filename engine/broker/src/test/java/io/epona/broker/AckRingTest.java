package io.epona.broker;

import io.epona.codecs.ResultCode;
import io.epona.codecs.client.MessageHeaderDecoder;
import io.epona.codecs.client.MessageHeaderEncoder;
import io.epona.codecs.client.ProduceAcksDecoder;
import io.epona.codecs.client.ProduceAcksEncoder;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class AckRingTest
{
    private final AckRing ring = new AckRing(4);
    private final UnsafeBuffer buffer = new UnsafeBuffer(new byte[1024]);

    @Test
    void keepsTheOrderOverItsEnd()
    {
        int next = 0;
        int expected = 0;
        for (int round = 0; round < 5; round++)
        {
            while (!ring.isFull())
            {
                ring.accepted(next, next * 10L, 3, 1);
                next++;
            }
            ring.encode(new ProduceAcksEncoder(), new MessageHeaderEncoder(), buffer, 0, 3);
            final ProduceAcksDecoder decoder = new ProduceAcksDecoder();
            decoder.wrapAndApplyHeader(buffer, 0, new MessageHeaderDecoder());
            for (final ProduceAcksDecoder.AcksDecoder ack : decoder.acks())
            {
                assertEquals(expected, ack.requestId());
                assertEquals(expected * 10L, ack.baseOffset());
                assertEquals(3, ack.leaderEpoch());
                assertEquals(1, ack.inMemory());
                assertEquals(0, ack.onDisk());
                expected++;
            }
            assertEquals(AckRing.messageLength(3), decoder.limit());
            ring.remove(3);
            assertEquals(1, ring.size());
        }
    }

    @Test
    void tellsTheLastSequenceWhereABatchDoesNotFollowIt()
    {
        ring.refused(4, ResultCode.OUT_OF_ORDER_SEQUENCE.code(), 7, 41);
        ring.refused(5, ResultCode.NOT_LEADER.code(), 8);
        ring.encode(new ProduceAcksEncoder(), new MessageHeaderEncoder(), buffer, 0, 2);
        final ProduceAcksDecoder decoder = new ProduceAcksDecoder();
        decoder.wrapAndApplyHeader(buffer, 0, new MessageHeaderDecoder());
        final ProduceAcksDecoder.AcksDecoder acks = decoder.acks().next();
        assertEquals(7, acks.leaderEpoch());
        assertEquals(41, acks.baseOffset());
        acks.next();
        assertEquals(8, acks.leaderEpoch());
        assertEquals(-1, acks.baseOffset());
    }

    @Test
    void hasABound()
    {
        for (int i = 0; i < 4; i++)
        {
            assertFalse(ring.isFull());
            ring.refused(i, (short)-103, -1);
        }
        assertTrue(ring.isFull());
        assertThrows(IllegalStateException.class, () -> ring.refused(9, (short)-103, -1));
        assertEquals(68, AckRing.maxCount(1376));
    }
}
