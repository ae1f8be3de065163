package io.epona.transport;

import io.aeron.Publication;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class RingLaneTest
{
    private final RingLane.Pair pair = RingLane.create(1024, 256);
    private final RingLane client = pair.client();
    private final RingLane broker = pair.broker();
    private final UnsafeBuffer message = new UnsafeBuffer(new byte[4096]);
    private final LaneClaim claim = new LaneClaim();

    private static List<String> drain(final RingLane lane)
    {
        final List<String> texts = new ArrayList<>();
        lane.poll((buffer, index, length) -> texts.add(buffer.getStringWithoutLengthAscii(index, length)), 100);
        return texts;
    }

    private int put(final String text)
    {
        return message.putStringWithoutLengthAscii(0, text);
    }

    @Test
    void shouldCarryMessagesBothWaysInOrder()
    {
        assertTrue(client.offer(message, 0, put("first")) > 0);
        assertTrue(client.tryClaim(6, claim) > 0);
        assertEquals(0, claim.index() & 7);
        claim.buffer().putStringWithoutLengthAscii(claim.index(), "second");
        claim.commit();
        final UnsafeBuffer body = new UnsafeBuffer("xbodyx".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
        assertTrue(client.offer(message, 0, put("head"), body, 1, 4) > 0);
        assertTrue(client.tryClaim(8, claim) > 0);
        claim.abort();
        assertEquals(List.of("first", "second", "headbody"), drain(broker));
        assertEquals(List.of(), drain(broker));

        assertTrue(broker.offer(message, 0, put("answer")) > 0);
        assertEquals(List.of("answer"), drain(client));
        assertEquals(0, client.poll((buffer, index, length) -> true, 10));
    }

    @Test
    void shouldTellBackPressureAndTakeMessagesAgainWhenTheyWerePolled()
    {
        int count = 0;
        while (client.offer(message, 0, 1024) > 0)
        {
            count++;
            assertTrue(count < 1000, "never full");
        }
        assertTrue(count >= 7, "of eight longest messages: " + count);
        assertEquals(Publication.BACK_PRESSURED, client.offer(message, 0, 1024));
        assertEquals(Publication.BACK_PRESSURED, client.tryClaim(1024, claim));
        assertEquals(count, drain(broker).size());
        assertTrue(client.offer(message, 0, 1024) > 0);
    }

    @Test
    void shouldDeliverAMessageAgainThatWasRefusedOrThrew()
    {
        client.offer(message, 0, put("a"));
        client.offer(message, 0, put("b"));
        assertEquals(0, broker.poll((buffer, index, length) -> false, 10));
        assertThrows(IllegalStateException.class, () -> broker.poll(
            (buffer, index, length) ->
            {
                throw new IllegalStateException("handler");
            },
            10));
        assertEquals(1, broker.poll((buffer, index, length) -> true, 1));
        assertEquals(List.of("b"), drain(broker));
    }

    @Test
    void shouldRefuseWhatIsTooLong()
    {
        assertTrue(client.maxMessageLength() >= 1024);
        assertTrue(client.maxPayloadLength() <= client.maxMessageLength());
        assertThrows(
            IllegalArgumentException.class, () -> client.offer(message, 0, client.maxMessageLength() + 1));
        assertThrows(
            IllegalArgumentException.class, () -> client.tryClaim(client.maxPayloadLength() + 1, claim));
    }

    @Test
    void shouldLetThePeerDrainWhatCameBeforeTheEnd()
    {
        client.offer(message, 0, put("last"));
        client.close();
        client.close();
        assertTrue(client.isClosed());
        assertEquals(Publication.CLOSED, client.offer(message, 0, 1));
        assertEquals(0, client.poll((buffer, index, length) -> true, 10));
        assertFalse(broker.isConnected());
        assertFalse(broker.isClosed());
        assertEquals(Publication.NOT_CONNECTED, broker.offer(message, 0, 1));
        assertEquals(Publication.NOT_CONNECTED, broker.tryClaim(1, claim));
        assertEquals(List.of("last"), drain(broker));
        broker.reject("reason");
        assertTrue(broker.isClosed());
        assertEquals(null, broker.fault());
    }
}
