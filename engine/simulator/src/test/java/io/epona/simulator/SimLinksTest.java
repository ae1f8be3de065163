package io.epona.simulator;

import io.epona.codecs.ResultCode;
import io.epona.codecs.replication.LeaderProgressEncoder;
import io.epona.codecs.replication.MessageHeaderEncoder;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class SimLinksTest
{
    private static final int LENGTH = 64;
    private static final int NUMBER_INDEX = MessageHeaderEncoder.ENCODED_LENGTH;

    private final World world = new World(17);
    private SimNetwork network = new SimNetwork(world, NetSettings.healthy());
    private final UnsafeBuffer buffer = new UnsafeBuffer(new byte[1 << 20]);

    /** Polls whenever there is news, unless it stands still. */
    private final class Process implements SimNetwork.Receiver
    {
        private final List<String> received = new ArrayList<>();
        private final SimLinks links;
        private boolean isPaused;

        private Process(final int brokerId)
        {
            links = network.attach(brokerId, this::wake);
        }

        private void wake()
        {
            if (!isPaused)
            {
                world.after(1, "poll", this::poll);
            }
        }

        private void poll()
        {
            while (!isPaused && links.poll(this, 4) > 0)
            {
                assertTrue(received.size() < 100_000);
            }
        }

        private long control(final int to, final int number)
        {
            return links.offerControl(to, message(number), 0, LENGTH);
        }

        private long data(final int to, final int number)
        {
            final UnsafeBuffer head = message(number);
            return links.offerData(to, head, 0, 16, head, 16, LENGTH - 16);
        }

        @Override
        public void onImage(final int brokerId)
        {
            received.add("image " + brokerId);
        }

        @Override
        public void onImageGone(final int brokerId)
        {
            received.add("gone " + brokerId);
        }

        @Override
        public void onMessage(final int brokerId, final DirectBuffer message, final int index, final int length)
        {
            received.add(Integer.toString(message.getInt(index + NUMBER_INDEX)));
        }
    }

    private UnsafeBuffer message(final int number)
    {
        new MessageHeaderEncoder().wrap(buffer, 0).templateId(LeaderProgressEncoder.TEMPLATE_ID);
        buffer.putInt(NUMBER_INDEX, number);

        return buffer;
    }

    private void run(final long lengthNs)
    {
        world.runUntil(world.nowNs() + lengthNs);
    }

    private void connect(final Process from, final int to)
    {
        assertEquals(ResultCode.NOT_CONNECTED.code(), from.control(to, -1));
        run(World.SECOND);
        assertTrue(from.control(to, 0) > 0);
        run(World.SECOND);
    }

    @Test
    void shouldDeliverInOrderWhatWasOfferedToAnImage()
    {
        final Process one = new Process(1);
        final Process two = new Process(2);
        connect(one, 2);
        for (int i = 1; i <= 100; i++)
        {
            assertTrue(one.control(2, i) > 0);
        }
        run(World.SECOND);
        assertEquals("image 1", two.received.get(0));
        for (int i = 0; i <= 100; i++)
        {
            assertEquals(Integer.toString(i), two.received.get(i + 1));
        }
        assertEquals(102, two.received.size());
        assertEquals(List.of(), one.received);
    }

    @Test
    void shouldNotOrderTheTwoStreams()
    {
        final Process one = new Process(1);
        final Process two = new Process(2);
        connect(one, 2);
        assertEquals(ResultCode.NOT_CONNECTED.code(), one.data(2, 0));
        run(World.SECOND);
        two.received.clear();
        for (int i = 0; i < 100; i++)
        {
            assertTrue(one.control(2, i) > 0);
            assertTrue(one.data(2, 1000 + i) > 0);
        }
        run(World.SECOND);
        assertEquals(200, two.received.size());
        int overtaken = 0;
        for (int i = 0; i < 100; i++)
        {
            final int control = two.received.indexOf(Integer.toString(i));
            final int data = two.received.indexOf(Integer.toString(1000 + i));
            overtaken += data < control ? 1 : 0;
        }
        assertTrue(overtaken > 10 && overtaken < 90, "overtaken " + overtaken);
    }

    @Test
    void shouldHoldBackWhatAShortCutDelays()
    {
        final Process one = new Process(1);
        final Process two = new Process(2);
        connect(one, 2);
        two.received.clear();
        network.cut(1, 2, true);
        assertTrue(one.control(2, 1) > 0);
        run(World.SECOND);
        assertEquals(List.of(), two.received);
        network.cut(1, 2, false);
        run(World.SECOND);
        assertEquals(List.of("1"), two.received);
    }

    @Test
    void shouldLoseWhatWasSentAndKeepWhatWasNotWhenAnImageDies()
    {
        final NetSettings healthy = NetSettings.healthy();
        network = new SimNetwork(world, new NetSettings(
            healthy.delayNs(), 0, 0, healthy.setupNs(), healthy.imageLivenessNs(), 3 * healthy.imageLivenessNs(),
            healthy.publicationWindow(), healthy.receiverWindow(), healthy.dataTermLength(),
            healthy.controlTermLength(), healthy.maxPosition()));
        final Process one = new Process(1);
        final Process two = new Process(2);
        connect(one, 2);
        two.received.clear();
        network.cut(1, 2, true);
        network.cut(2, 1, true);
        int sent = 1;
        long result = one.control(2, sent);
        while (ResultCode.BACK_PRESSURED.code() != result)
        {
            // The end of a term costs an offer.
            sent += result > 0 ? 1 : 0;
            assertTrue(sent < 100_000);
            result = one.control(2, sent);
        }
        run(2 * NetSettings.healthy().imageLivenessNs());
        assertEquals(List.of("gone 1"), two.received);
        assertEquals(ResultCode.BACK_PRESSURED.code(), one.control(2, -1), "not known yet");

        two.received.clear();
        network.heal();
        run(World.SECOND);
        assertEquals("image 1", two.received.get(0));
        final int first = Integer.parseInt(two.received.get(1));
        assertTrue(first > 1, "the receiver's window was sent and is lost");
        assertEquals(sent - first, two.received.size() - 1, "a silent gap, then all the rest");
        assertEquals(Integer.toString(sent - 1), two.received.get(two.received.size() - 1));
        assertTrue(one.control(2, sent) > 0);
        run(World.SECOND);
        assertEquals(Integer.toString(sent), two.received.get(two.received.size() - 1));
    }

    @Test
    void shouldCutOneWay()
    {
        final Process one = new Process(1);
        final Process two = new Process(2);
        connect(one, 2);
        connect(two, 1);
        one.received.clear();
        two.received.clear();
        network.cut(2, 1, true);
        assertTrue(one.control(2, 7) > 0);
        run(2 * NetSettings.healthy().imageLivenessNs());
        assertEquals(List.of("7"), two.received, "its image lives, heartbeats come");
        assertEquals(List.of("gone 2"), one.received);
        assertEquals(ResultCode.NOT_CONNECTED.code(), one.control(2, 8), "no sign of the receiver");
        network.cut(2, 1, false);
        connect(one, 2);
        assertTrue(one.control(2, 9) > 0);
        run(2 * NetSettings.healthy().imageLivenessNs());
        assertEquals(List.of("7", "image 1", "0", "9"), two.received, "of another publication");
        assertEquals(List.of("gone 2", "image 2"), one.received);
        assertEquals(1, network.counters().lostPublications());
    }

    @Test
    void shouldSendIntoTheVoidUntilItIsKnownThatTheReceiverIsGone()
    {
        final Process one = new Process(1);
        final Process two = new Process(2);
        connect(one, 2);
        two.links.kill();
        assertTrue(one.control(2, 1) > 0, "offered, and lost");
        final Process next = new Process(2);
        run(World.SECOND);
        assertEquals(List.of("image 1"), next.received);
        assertTrue(one.control(2, 2) > 0);
        run(World.SECOND);
        assertEquals(List.of("image 1", "2"), next.received);

        next.links.kill();
        run(NetSettings.healthy().connectionNs() * 2);
        assertEquals(ResultCode.NOT_CONNECTED.code(), one.control(2, 3));
    }

    @Test
    void shouldLetALostPublicationArriveBesideTheNext()
    {
        final Process one = new Process(1);
        final Process two = new Process(2);
        connect(one, 2);
        two.received.clear();
        two.isPaused = true;
        assertTrue(one.control(2, 1) > 0);
        run(World.MS * 100);
        network.cut(2, 1, true);
        run(2 * NetSettings.healthy().connectionNs());
        assertEquals(ResultCode.NOT_CONNECTED.code(), one.control(2, 2));
        network.cut(2, 1, false);
        connect(one, 2);
        two.isPaused = false;
        two.wake();
        run(World.SECOND);
        assertEquals(1, two.received.stream().filter("1"::equals).count());
        assertTrue(two.received.indexOf("image 1") < two.received.indexOf("1"), "late");
        assertTrue(two.received.contains("0"));
    }

    @Test
    void shouldLetAnImageOutliveItsSender()
    {
        final Process one = new Process(1);
        final Process two = new Process(2);
        connect(one, 2);
        two.received.clear();
        assertTrue(one.control(2, 1) > 0);
        one.links.kill();
        final Process next = new Process(1);
        connect(next, 2);
        assertEquals(List.of("1", "image 1", "0"), two.received);
        run(NetSettings.healthy().imageLivenessNs() * 2);
        assertEquals(3, two.received.size(), "the newer image lives");
        next.links.kill();
        run(NetSettings.healthy().imageLivenessNs() * 2);
        assertEquals("gone 1", two.received.get(3));
        assertThrows(ProcessKilled.class, () -> next.control(2, 1));
    }

    @Test
    void shouldPressBackWhenTheReceiverStandsStill()
    {
        final Process one = new Process(1);
        final Process two = new Process(2);
        connect(one, 2);
        two.isPaused = true;
        int count = 0;
        long result = one.control(2, 0);
        while (ResultCode.BACK_PRESSURED.code() != result)
        {
            count += result > 0 ? 1 : 0;
            run(World.MS);
            result = one.control(2, count);
        }
        two.isPaused = false;
        two.wake();
        run(World.SECOND);
        assertEquals(2 + count, two.received.size());
        assertTrue(one.control(2, count) > 0);
        assertTrue(network.counters().backPressured() > 0);
    }

    @Test
    void shouldRollTermsAndMakeAnotherPublicationAtTheEnd()
    {
        final NetSettings healthy = NetSettings.healthy();
        network = new SimNetwork(world, new NetSettings(
            healthy.delayNs(), 0, 0, healthy.setupNs(), healthy.imageLivenessNs(), healthy.connectionNs(), 16 * 1024,
            16 * 1024, 64 * 1024, 64 * 1024, 256 * 1024));
        final Process one = new Process(1);
        final Process two = new Process(2);
        assertEquals(ResultCode.NOT_CONNECTED.code(), one.control(2, 0));
        run(World.SECOND);
        int rolls = 0;
        int ends = 0;
        int sent = 0;
        for (int i = 0; i < 400; i++)
        {
            final long result = one.links.offerControl(2, message(i), 0, 1300 + i);
            rolls += ResultCode.ADMIN_ACTION.code() == result ? 1 : 0;
            ends += ResultCode.MAX_POSITION_EXCEEDED.code() == result ? 1 : 0;
            sent += result > 0 ? 1 : 0;
            run(20 * World.MS);
        }
        assertTrue(rolls >= 3, "rolls " + rolls);
        assertTrue(ends >= 1, "ends " + ends);
        assertTrue(sent > 300, "sent " + sent);
        run(World.SECOND);
        assertEquals(sent, two.received.stream().filter((line) -> !line.startsWith("image")).count());
        assertThrows(IllegalArgumentException.class, () -> one.links.offerControl(2, buffer, 0, 8193));
    }

    @Test
    void shouldMakeEverythingAnewWhenTheClientWasClosed()
    {
        final Process one = new Process(1);
        final Process two = new Process(2);
        connect(one, 2);
        connect(two, 1);
        one.received.clear();
        one.links.rebuild();
        assertEquals(ResultCode.CLOSED.code(), one.control(2, 1));
        assertEquals(ResultCode.NOT_CONNECTED.code(), one.control(2, 1));
        run(World.SECOND);
        assertTrue(one.control(2, 2) > 0);
        assertTrue(two.control(1, 3) > 0);
        run(World.SECOND);
        assertEquals(List.of("gone 2", "image 2", "3"), one.received);
        assertEquals("2", two.received.get(two.received.size() - 1));
    }
}
