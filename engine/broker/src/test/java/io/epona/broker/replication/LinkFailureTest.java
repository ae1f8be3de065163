package io.epona.broker.replication;

import io.epona.broker.FreePorts;
import io.epona.codecs.ResultCode;
import org.junit.jupiter.api.Test;

import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * What becomes of links when brokers die, stand still, or do not hear each other. In each test broker 1 sends numbered
 * messages to broker 2.
 */
class LinkFailureTest extends LinkPairFixture
{
    private static final int LONG_LENGTH = 100_000;

    private int next;

    /** Offer the next number, unless there is no room. */
    private boolean send(final int length)
    {
        final boolean isSent = one.data(2, next, length) > 0;
        next += isSent ? 1 : 0;
        return isSent;
    }

    private void sendAll(final int count, final int length)
    {
        for (int i = 0; i < count; i++)
        {
            network.await("room", () -> send(length));
        }
    }

    /** The numbers that came rise, within one image by one. */
    private void assertInOrder(final LinkNode node)
    {
        int last = -1;
        boolean isNew = true;
        for (final String event : node.received())
        {
            if (event.startsWith("image"))
            {
                isNew = true;
            }
            else if (event.startsWith("1 "))
            {
                final int number = Integer.parseInt(event.substring(2));
                assertTrue(isNew ? number > last : number == last + 1, () -> node.received().toString());
                last = number;
                isNew = false;
            }
        }
    }

    /** Something of what is sent from now on arrives; perhaps not the first of it. */
    private void awaitNext(final LinkNode node)
    {
        final int first = next;
        network.await("came from " + first, () ->
        {
            send(LENGTH);
            network.run(10);
            final String last = node.received().isEmpty() ? "" : node.received().get(node.received().size() - 1);
            return last.startsWith("1 ") && Integer.parseInt(last.substring(2)) >= first;
        });
        assertInOrder(node);
    }

    @Test
    void shouldLoseNothingWherePacketsAreLostForASecond()
    {
        for (int i = 0; i < 5; i++)
        {
            sendAll(5, LONG_LENGTH);
            two.cut(true, false);
            send(LONG_LENGTH);
            network.run(1_000);
            two.cut(false, true);
            network.run(1_000);
            two.cut(false, false);
            sendAll(5, LENGTH);
        }
        final int all = next;
        network.await("all came", () -> two.count("1 ") == all);
        assertInOrder(two);
        assertEquals(2, two.count("image"));
        assertEquals(0, one.counters().connectionsLost.get());
    }

    @Test
    void shouldBeginAnewWhereTheReceiverIsBackBeforeTheSenderMissedIt()
    {
        sendAll(10, LENGTH);
        network.await("came", () -> 10 == two.count("1 "));
        // In the middle of a message.
        sendAll(1, LONG_LENGTH);
        network.step();
        network.kill(two);
        final long killedNs = network.nanoTime();

        network.expectJoinedLate();
        final LinkNode back = network.start(dir, 2, two.port());
        network.run(400);
        assertTrue(one.links().isConnected(2), "its first life was never found dead");
        awaitNext(back);
        assertEquals(1, back.counters().imagesJoinedLate.get(), "control was idle");
        assertEquals(0, back.counters().imagesRefused.get());
        assertTrue(one.control(2, next++, LENGTH) > 0, "nobody told");
        network.await("told", () -> 2 == one.counters().connectionsLost.get());
        network.await("both are new", () -> 2 == back.count("image"));
        final long tookMs = (network.nanoTime() - killedNs) / 1_000_000;
        // The driver counts receivers: the killed one goes out of its count after the connection timeout of 3 s.
        assertTrue(tookMs < 4_000, () -> "within " + tookMs + " ms");
    }

    @Test
    void shouldBeginAnewWithANewLifeOfTheReceiver()
    {
        sendAll(10, LENGTH);
        network.await("came", () -> 10 == two.count("1 "));
        network.kill(two);
        final LinkNode back = network.start(dir, 2, two.port()).brokerEpoch(2);
        one.register(back);
        assertFalse(one.links().isConnected(2));
        assertEquals(ResultCode.NOT_CONNECTED.code(), one.data(2, next, LENGTH));
        awaitNext(back);
        back.register(one);
        network.await("connected back", () -> back.links().isConnected(1));
        assertTrue(back.control(1, 77, LENGTH) > 0);
        network.await("came", () -> one.received().contains("2 77"));
        // Images of the killed one end in silence; those of its next life stay.
        network.run(8_000);
        assertFalse(one.received().contains("gone 2"));
        assertEquals(4, one.count("image 2"));
    }

    @Test
    void shouldFollowABrokerToAnotherAddress()
    {
        network.kill(two);
        final LinkNode back = network.start(dir, 2, FreePorts.choose()).brokerEpoch(2);
        one.register(back);
        awaitNext(back);
    }

    @Test
    void shouldFindOutThatABrokerIsGone()
    {
        sendAll(10, LENGTH);
        network.run(1_000);
        network.kill(two);
        network.run(2_500);
        assertTrue(one.links().isConnected(2), "the driver does not know yet");
        network.await("not connected", () -> 2 == one.counters().connectionsLost.get());
        assertEquals(ResultCode.NOT_CONNECTED.code(), one.data(2, next, LENGTH));
        network.await("images end", () -> one.received().contains("gone 2"));
        // It goes on trying, and costs no more than a stream each.
        network.run(60_000);
        assertEquals(2, one.counters().connectionsLost.get());
        assertEquals(0, one.counters().connected.get());
    }

    @Test
    void shouldHearTheEndOfABrokerThatStops()
    {
        final long startNs = network.nanoTime();
        two.links().close();
        network.await("images end", () -> one.received().contains("gone 2"));
        network.await("not connected", () -> !one.links().isConnected(2));
        assertTrue(network.nanoTime() - startNs < 2_000_000_000L, "well before silence tells");
    }

    @Test
    void shouldNeverHandOnHalfAMessageWhereAnImageEndsInside()
    {
        // Whichever part is the last one to come.
        for (int parts = 1; parts < 14; parts++)
        {
            awaitNext(two);
            final long cut = two.counters().messagesCut.get();
            final long gone = two.count("gone");
            sendAll(1, LONG_LENGTH);
            for (int i = 0; i < parts; i++)
            {
                network.step();
            }
            two.cut(true, true);
            network.await("image gone", () -> two.count("gone") > gone);
            assertEquals(cut + (two.received().contains("1 " + (next - 1)) ? 0 : 1), two.counters().messagesCut.get());
            two.cut(false, false);
        }
        awaitNext(two);
        assertEquals(0, two.counters().imagesRefused.get());
    }

    @Test
    void shouldBeginAnewWhereOnlyDataIsLost()
    {
        // Nothing arrives, what the receiver says does: its image dies, and with it its voice.
        sendAll(10, LENGTH);
        one.cut(false, true);
        network.await("image gone", () -> two.received().contains("gone 1"));
        network.await("not connected", () -> !one.links().isConnected(2));
        one.cut(false, false);
        awaitNext(two);
    }

    @Test
    void shouldBeginAnewWhereOnlyTheReceiversVoiceIsLost()
    {
        sendAll(10, LENGTH);
        one.cut(true, false);
        network.await("not connected", () -> !one.links().isConnected(2));
        assertTrue(two.counters().images.get() >= 2);
        one.cut(false, false);
        awaitNext(two);
        assertEquals(10, two.received().indexOf("1 10") - two.received().indexOf("1 0") - imagesBetween());
    }

    private int imagesBetween()
    {
        return (int)two.received().stream().filter((event) -> !event.startsWith("1 ")).count() - 2;
    }

    @Test
    void shouldGoOnAfterTheReceiverStoodStill()
    {
        network.expectJoinedLate();
        for (final int pauseMs : new int[]{ 1_000, 4_000, 8_000, 20_000 })
        {
            sendAll(3, LONG_LENGTH);
            two.pause(true);
            send(LONG_LENGTH);
            network.run(pauseMs);
            two.pause(false);
            network.run(1_000);
            awaitNext(two);
        }
        assertEquals(0, one.counters().imagesRefused.get() + two.counters().imagesRefused.get());
    }

    @Test
    void shouldGoOnAfterTheSenderStoodStill()
    {
        network.expectJoinedLate();
        for (final int pauseMs : new int[]{ 1_000, 4_000, 8_000, 20_000 })
        {
            sendAll(3, LONG_LENGTH);
            network.step();
            one.pause(true);
            network.run(pauseMs);
            one.pause(false);
            network.run(1_000);
            awaitNext(two);
        }
        assertTrue(two.counters().imagesJoinedLate.get() > 0);
        assertEquals(0, one.counters().imagesRefused.get() + two.counters().imagesRefused.get());
    }

    @Test
    void shouldSendOnWhereAStreamCameToItsEnd()
    {
        final LinkNode three = network.start(
            dir, 3, FreePorts.choose(), LinkSizes.RANGE_LENGTH, Integer.MAX_VALUE, LinkNetwork.CLUSTER,
            LinkNode.SOCKET_BUFFER_LENGTH);
        three.register(two);
        network.await("connected", () -> three.links().isConnected(2));
        long ends = 0;
        int sent = 0;
        while (ends < 3)
        {
            final long result = three.data(2, sent, LONG_LENGTH);
            sent += result > 0 ? 1 : 0;
            ends += ResultCode.MAX_POSITION_EXCEEDED.code() == result ? 1 : 0;
            network.step();
        }
        final int all = sent;
        network.await("all came", () -> all == two.count("3 "));
        assertEquals(0, three.counters().connectionsLost.get());
        network.await("former images end", () -> 4 + 3 <= two.count("image"));
        assertEquals(0, two.count("gone"));
    }

    @Test
    void shouldReportWhatCannotBeReachedAndGoOnTrying()
    {
        network.expect("unable to resolve host");
        network.expect("unresolved");
        network.expect("UnknownHost");
        one.links().onBroker(9, 1, "no.such.host.invalid", 9092);
        network.await("tried", () -> one.counters().connectFailures.get() >= 2);
        final long failures = one.counters().connectFailures.get();
        network.run(60_000);
        final long more = one.counters().connectFailures.get() - failures;
        assertTrue(more >= 2 * 10 && more <= 2 * 20, "with a back-off to 5 s: " + more);
        assertEquals(List.of(), one.received().stream().filter((event) -> event.contains("9")).toList());
        awaitNext(two);
    }
}
