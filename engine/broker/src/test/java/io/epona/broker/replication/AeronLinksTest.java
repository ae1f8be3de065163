package io.epona.broker.replication;

import io.epona.broker.FreePorts;
import io.epona.codecs.ResultCode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** What travels between brokers that are well. */
class AeronLinksTest
{
    private static final int LENGTH = 104;

    @RegisterExtension
    final LinkNetwork network = new LinkNetwork();

    @TempDir
    Path dir;

    private LinkNode start(final int brokerId)
    {
        return network.start(dir, brokerId, FreePorts.choose());
    }

    /** What a node got from another one in messages, in order. */
    private static List<Integer> numbers(final LinkNode node, final int fromId)
    {
        final String prefix = fromId + " ";
        return node.received().stream()
            .filter((event) -> event.startsWith(prefix))
            .map((event) -> Integer.parseInt(event.substring(prefix.length())))
            .toList();
    }

    private static List<Integer> range(final int end)
    {
        return IntStream.range(0, end).boxed().toList();
    }

    @Test
    void shouldExchangeDataAndControlBothWays()
    {
        final LinkNode one = start(1);
        final LinkNode two = start(2);
        network.connect(one, two);

        for (int i = 0; i < 100; i++)
        {
            assertTrue(one.data(2, i, 96 + 8 * i) > 0);
            assertTrue(two.control(1, i, 64) > 0);
        }
        network.await("came", () -> 100 == numbers(two, 1).size() && 100 == numbers(one, 2).size());
        for (int i = 100; i < 200; i++)
        {
            assertTrue(one.control(2, i, 64) > 0);
            assertTrue(two.data(1, i, LENGTH) > 0);
        }
        network.await("came", () -> 200 == numbers(two, 1).size() && 200 == numbers(one, 2).size());

        assertEquals(range(200), numbers(one, 2));
        assertEquals(range(200), numbers(two, 1));
        assertEquals(100, two.counters().dataMessagesIn.get());
        assertEquals(100, two.counters().controlMessagesIn.get());
        assertEquals(one.counters().dataBytesOut.get(), two.counters().dataBytesIn.get());
        assertEquals(2, one.counters().connected.get());
        assertEquals(2, one.counters().images.get());
        assertEquals(0, one.counters().connectionsLost.get());
    }

    @Test
    void shouldKeepStreamsOfSeveralBrokersApart()
    {
        final LinkNode one = start(1);
        final LinkNode two = start(2);
        final LinkNode three = start(3);
        network.connect(one, two, three);
        for (int i = 0; i < 50; i++)
        {
            assertTrue(one.data(3, i, LENGTH) > 0);
            assertTrue(two.data(3, i, 3000) > 0);
            assertTrue(two.control(1, i, LENGTH) > 0);
            network.step();
        }
        network.await("came", () -> 102 + 2 == three.received().size() && 4 + 50 == one.received().size());
        assertEquals(range(50), numbers(three, 1));
        assertEquals(range(50), numbers(three, 2));
        assertEquals(range(50), numbers(one, 2));
        assertEquals(List.of(), numbers(two, 1));
    }

    @Test
    void shouldPutFragmentsTogetherUpToTheLongestMessage()
    {
        final LinkNode one = start(1);
        final LinkNode two = start(2);
        network.connect(one, two);
        final LinkSizes sizes = one.sizes();
        final int payload = sizes.mtu() - 32;
        final int[] lengths =
            { payload - 1, payload, payload + 1, 2 * payload, 3 * payload + 8, 100_000, sizes.maxDataLength() };
        for (int i = 0; i < lengths.length; i++)
        {
            final int length = lengths[i];
            final int number = i;
            network.await("taken", () -> one.data(2, number, length) > 0);
        }
        assertTrue(one.control(2, lengths.length, sizes.maxControlLength()) > 0);
        network.await("came", () -> lengths.length + 1 == numbers(two, 1).size());
        assertEquals(0, two.counters().imagesRefused.get());
        assertThrows(IllegalArgumentException.class, () -> one.control(2, 0, sizes.maxControlLength() + 1));
    }

    @Test
    void shouldCarryTheLongestMessageThatCanBeChosen()
    {
        final int longest = 256 * 1024;
        final LinkNode one = network.start(
            dir, 1, FreePorts.choose(), longest, 0, LinkNetwork.CLUSTER, 2 * 1024 * 1024);
        final LinkNode two = network.start(
            dir, 2, FreePorts.choose(), longest, 0, LinkNetwork.CLUSTER, 2 * 1024 * 1024);
        network.connect(one, two);
        assertEquals(longest + LinkSizes.HEAD_LENGTH, one.sizes().maxDataLength());
        for (int i = 0; i < 20; i++)
        {
            final int number = i;
            network.await("taken", () -> one.data(2, number, one.sizes().maxDataLength()) > 0);
        }
        network.await("came", () -> 20 == numbers(two, 1).size());
        assertEquals(range(20), numbers(two, 1));
    }

    @Test
    void shouldRefuseWhatHasNoRoomAndLoseNothingOfWhatWasAccepted()
    {
        final LinkNode one = start(1);
        final LinkNode two = start(2);
        network.connect(one, two);
        two.polling(false);
        int accepted = 0;
        boolean isFull = false;
        for (int i = 0; i < 2000 && !isFull; i++)
        {
            final long result = one.data(2, accepted, 20_000);
            accepted += result > 0 ? 1 : 0;
            isFull = ResultCode.BACK_PRESSURED.code() == result;
            network.step();
        }
        assertTrue(isFull);
        assertTrue(accepted > 20, "window of " + accepted);
        assertTrue(one.counters().dataBackPressure.get() > 0);
        // Control is not held up by data that nobody takes.
        assertTrue(one.control(2, 1, LENGTH) > 0);
        assertTrue(one.links().isConnected(2));

        two.polling(true);
        final int all = accepted;
        network.await("came", () -> all + 1 == numbers(two, 1).size());
        final List<Integer> expected = range(all);
        assertEquals(expected, numbers(two, 1).subList(1, all + 1));
        network.await("room again", () -> one.data(2, all, 20_000) > 0);
    }

    @Test
    void shouldNotConnectToWhoIsNotRegistered()
    {
        final LinkNode one = start(1);
        final LinkNode two = start(2);
        assertEquals(ResultCode.NOT_CONNECTED.code(), one.data(2, 0, LENGTH));
        assertEquals(ResultCode.NOT_CONNECTED.code(), one.control(2, 0, LENGTH));
        network.connect(one, two);
        assertTrue(one.control(2, 0, LENGTH) > 0);

        one.links().onBrokerGone(2);
        assertFalse(one.links().isConnected(2));
        assertEquals(ResultCode.NOT_CONNECTED.code(), one.control(2, 0, LENGTH));
        assertEquals(0, one.counters().connected.get());
        network.await("both images end", () -> two.received().contains("gone 1"));
        assertEquals(1, two.count("gone"));
        // The other way is as it was.
        assertTrue(two.control(1, 5, LENGTH) > 0);
        network.await("came", () -> numbers(one, 2).contains(5));
    }

    @Test
    void shouldIgnoreItselfAndWhatItKnows()
    {
        final LinkNode one = start(1);
        final LinkNode two = start(2);
        one.register(one);
        assertFalse(one.links().isConnected(1));
        network.connect(one, two);
        for (int i = 0; i < 10; i++)
        {
            one.register(two);
            network.step();
        }
        assertTrue(one.links().isConnected(2));
        assertEquals(2, one.counters().connections.get());
    }

    @Test
    void shouldWaitForBrokersThatAreNotThereYet()
    {
        final LinkNode one = start(1);
        final int port = FreePorts.choose();
        one.links().onBroker(2, 1, FreePorts.HOST, port);
        network.run(20_000);
        assertFalse(one.links().isConnected(2));
        final LinkNode two = network.start(dir, 2, port);
        network.await("connected", () -> one.links().isConnected(2));
        assertTrue(one.data(2, 0, LENGTH) > 0);
        network.await("came", () -> List.of(0).equals(numbers(two, 1)));
    }

    @Test
    void shouldLetWaitWhatCameBeforeItWasRegistered()
    {
        final LinkNode one = start(1);
        final LinkNode two = network.start(
            dir, 2, FreePorts.choose(), LinkSizes.RANGE_LENGTH, 0, null, LinkNode.SOCKET_BUFFER_LENGTH);
        one.register(two);
        two.register(one);
        network.await("open one way", () -> one.links().isConnected(2));
        assertTrue(one.control(2, 0, LENGTH) > 0);
        network.run(10_000);
        assertEquals(List.of(), two.received());
        assertFalse(two.links().isConnected(1));

        two.links().onRegistered(LinkNetwork.CLUSTER, 3);
        network.await("came", () -> List.of(0).equals(numbers(two, 1)));
        network.await("open both ways", () -> two.links().isConnected(1));
        assertEquals(0, one.counters().connectionsLost.get());
    }

    @Test
    void shouldConsumeWhatTheListenerFailedFor()
    {
        final LinkNode one = start(1);
        final LinkNode two = start(2);
        network.connect(one, two);
        network.expect("not this one");
        two.failNext(new IllegalStateException("not this one"));
        for (int i = 0; i < 3; i++)
        {
            assertTrue(one.control(2, i, LENGTH) > 0);
        }
        network.await("the others came", () -> 2 == numbers(two, 1).size());
        assertEquals(List.of(1, 2), numbers(two, 1));
        assertEquals(1, two.errors().size());
    }

    @Test
    void shouldNameAPortThatIsTaken()
    {
        final LinkNode one = start(1);
        final RuntimeException ex = assertThrows(
            RuntimeException.class, () -> network.start(dir, 2, one.port()));
        assertTrue(ex.getMessage().contains(Integer.toString(one.port() + 3)), ex::getMessage);
        network.expect("Address already in use");
    }
}
