package io.epona.transport;

import io.aeron.Publication;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class AeronLaneTest
{
    @TempDir
    Path dir;

    private static LaneChannels channels(final EponaUri.Media media) throws IOException
    {
        return EponaUri.Media.IPC == media ?
            LaneChannels.ipc(LaneSizes.ipc(LaneSizes.DEFAULT_MAX_MESSAGE_LENGTH)) :
            LaneChannels.udp(
                LaneSizes.udp(LaneSizes.DEFAULT_MAX_MESSAGE_LENGTH, LaneSizes.LOOPBACK_MTU,
                LaneSizes.systemSocketBufferLength()), "127.0.0.1", TestPorts.freeBlock());
    }

    @ParameterizedTest
    @CsvSource({ "IPC,CONTROL", "IPC,PRODUCE", "IPC,CONSUME", "UDP,CONTROL", "UDP,PRODUCE", "UDP,CONSUME" })
    void shouldCarryMessagesOfEveryLengthBothWays(final EponaUri.Media media, final LaneKind kind) throws IOException
    {
        try (EmbeddedAeron embedded = new EmbeddedAeron(dir);
            EmbeddedAeron.Lanes lanes = embedded.new Lanes(channels(media), kind))
        {
            exchange(embedded, lanes.client, lanes.broker);
            exchange(embedded, lanes.broker, lanes.client);
            assertEquals(List.of(), embedded.errors);
        }
    }

    private static void exchange(final EmbeddedAeron embedded, final Lane from, final Lane to)
    {
        final int max = from.maxMessageLength();
        final int payload = from.maxPayloadLength();
        final UnsafeBuffer message = new UnsafeBuffer(new byte[max]);
        for (int i = 0; i < max; i++)
        {
            message.putByte(i, (byte)(i * 31));
        }
        final int[] lengths = { 1, 8, payload - 1, payload, payload + 1, 2 * payload, max - 1, max };
        for (final int wanted : lengths)
        {
            final int length = Math.min(wanted, max);
            embedded.await("offer " + length, () -> from.offer(message, 0, 1, message, 1, length - 1) > 0);
            final int[] got = new int[1];
            embedded.await("message of " + length, () ->
            {
                to.poll(
                    (buffer, index, n) ->
                    {
                        for (int i = 0; i < n; i++)
                        {
                            if (buffer.getByte(index + i) != message.getByte(i))
                            {
                                throw new AssertionError("byte " + i + " of " + n);
                            }
                        }
                        got[0] = n;
                        return true;
                    },
                    10);
                return 0 != got[0];
            });
            assertEquals(length, got[0]);
        }
        assertThrows(IllegalArgumentException.class, () -> from.tryClaim(payload + 1, new LaneClaim()));
    }

    @ParameterizedTest
    @EnumSource(value = EponaUri.Media.class, names = { "IPC", "UDP" })
    void shouldRedeliverWhatWasNotTakenInTheSamePlace(final EponaUri.Media media) throws IOException
    {
        try (EmbeddedAeron embedded = new EmbeddedAeron(dir);
            EmbeddedAeron.Lanes lanes = embedded.new Lanes(channels(media), LaneKind.CONSUME))
        {
            final UnsafeBuffer message = new UnsafeBuffer(new byte[lanes.broker.maxMessageLength()]);
            message.setMemory(0, message.capacity(), (byte)7);
            for (final int length : new int[]{ 100, lanes.broker.maxPayloadLength() * 2 + 5 })
            {
                embedded.await("offer", () -> lanes.broker.offer(message, 0, length) > 0);
                final List<Integer> places = new ArrayList<>();
                final List<Object> buffers = new ArrayList<>();
                embedded.await("three deliveries", () ->
                {
                    lanes.client.poll(
                        (buffer, index, n) ->
                        {
                            assertEquals(length, n);
                            assertEquals((byte)7, buffer.getByte(index + n - 1));
                            places.add(index);
                            buffers.add(buffer);
                            return 3 == places.size();
                        },
                        10);
                    return 3 == places.size();
                });
                assertEquals(places.get(0), places.get(2));
                assertSame(buffers.get(0), buffers.get(2));
                assertEquals(0, lanes.client.poll((buffer, index, n) -> true, 10));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(value = EponaUri.Media.class, names = { "IPC", "UDP" })
    void shouldKeepTheMessageWhoseHandlerThrew(final EponaUri.Media media) throws IOException
    {
        try (EmbeddedAeron embedded = new EmbeddedAeron(dir);
            EmbeddedAeron.Lanes lanes = embedded.new Lanes(channels(media), LaneKind.PRODUCE))
        {
            final LaneClaim claim = new LaneClaim();
            embedded.await("claim", () -> lanes.client.tryClaim(16, claim) > 0);
            assertEquals(0, claim.index() & 7);
            claim.buffer().putLong(claim.index(), 42L);
            claim.commit();

            final RuntimeException thrown = new IllegalStateException("handler");
            final RuntimeException[] seen = new RuntimeException[1];
            embedded.await("exception", () ->
            {
                try
                {
                    lanes.broker.poll(
                        (buffer, index, n) ->
                        {
                            throw thrown;
                        },
                        10);
                }
                catch (final IllegalStateException ex)
                {
                    seen[0] = ex;
                }
                return null != seen[0];
            });
            assertSame(thrown, seen[0]);
            final long[] value = new long[1];
            assertEquals(1, lanes.broker.poll(
                (buffer, index, n) ->
                {
                    value[0] = buffer.getLong(index);
                    return true;
                },
                10));
            assertEquals(42L, value[0]);
        }
    }

    @ParameterizedTest
    @EnumSource(value = EponaUri.Media.class, names = { "IPC", "UDP" })
    void shouldSeeThePeerGoAway(final EponaUri.Media media) throws IOException
    {
        try (EmbeddedAeron embedded = new EmbeddedAeron(dir);
            EmbeddedAeron.Lanes lanes = embedded.new Lanes(channels(media), LaneKind.PRODUCE))
        {
            lanes.broker.close();
            embedded.await("client sees it", () -> !lanes.client.isConnected());
            assertFalse(lanes.client.isClosed());
            lanes.client.close();
            assertTrue(lanes.client.isClosed());
            assertEquals(Publication.CLOSED, lanes.client.offer(new UnsafeBuffer(new byte[8]), 0, 8));
            assertEquals(0, lanes.client.poll((buffer, index, n) -> true, 1));
            embedded.await("broker's image goes", () -> 0 == lanes.requests.imageCount());
        }
    }

    @ParameterizedTest
    @EnumSource(value = EponaUri.Media.class, names = { "IPC", "UDP" })
    void shouldCloseOnAMessageBeyondTheLimit(final EponaUri.Media media) throws IOException
    {
        try (EmbeddedAeron embedded = new EmbeddedAeron(dir);
            EmbeddedAeron.Lanes lanes = embedded.new Lanes(channels(media), LaneKind.PRODUCE))
        {
            final AeronLane narrow = new AeronLane(lanes.broker.publication(), lanes.broker.image(), 4096);
            final UnsafeBuffer message = new UnsafeBuffer(new byte[lanes.client.maxMessageLength()]);
            embedded.await("offer", () -> lanes.client.offer(message, 0, message.capacity()) > 0);
            embedded.await("fault", () ->
            {
                narrow.poll((buffer, index, n) -> true, 10);
                return narrow.isClosed();
            });
            assertNotNull(narrow.fault());
            assertTrue(narrow.fault().contains("4096"), narrow.fault());
            embedded.await("client is cut off", () -> !lanes.client.isConnected());
        }
    }
}
