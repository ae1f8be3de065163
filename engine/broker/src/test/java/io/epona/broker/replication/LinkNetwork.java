package io.epona.broker.replication;

import io.epona.engine.cluster.Uuid;
import org.agrona.CloseHelper;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.fail;

/**
 * Brokers' ends of links, each with a media driver of its own over the loopback device, stepped in turn by the thread
 * of the test. Their clock is the test's: a step is {@value #STEP_US} us, however long it takes, so that timeouts of
 * seconds pass in no time. After each test nothing may be left of the drivers, nor unexpected in their error logs.
 */
final class LinkNetwork implements AfterEachCallback
{
    static final Uuid CLUSTER = new Uuid(7, 8);
    static final int STEP_US = 200;
    private static final long DEADLINE_NS = TimeUnit.SECONDS.toNanos(60);

    private final List<LinkNode> nodes = new ArrayList<>();
    private final List<Path> directories = new ArrayList<>();
    private final List<String> expected = new ArrayList<>();
    private long nowNs = TimeUnit.HOURS.toNanos(1);

    /** Reading it moves it on, a little: nobody who waits for it can wait for ever. */
    long nanoTime()
    {
        return nowNs += 10;
    }

    /** A broker that listens, and is registered. */
    LinkNode start(final Path dir, final int brokerId, final int port)
    {
        return start(dir, brokerId, port, LinkSizes.RANGE_LENGTH, 0, CLUSTER, LinkNode.SOCKET_BUFFER_LENGTH);
    }

    LinkNode start(
        final Path dir,
        final int brokerId,
        final int port,
        final int maxMessageBytes,
        final int firstTerm,
        final Uuid clusterId,
        final int socketBufferLength)
    {
        final Path directory = dir.resolve("aeron-" + brokerId + "-" + directories.size());
        directories.add(directory);
        final LinkSizes sizes = LinkSizes.derive(maxMessageBytes, 8192, socketBufferLength);
        final LinkNode node = new LinkNode(this, directory, brokerId, port, sizes, firstTerm);
        nodes.add(node);
        if (null != clusterId)
        {
            node.links().onRegistered(clusterId, node.brokerEpoch());
        }

        return node;
    }

    /** Gone as a killed process is: its sockets close, nobody says a word. */
    void kill(final LinkNode node)
    {
        nodes.remove(node);
        node.kill();
    }

    void step()
    {
        nowNs += TimeUnit.MICROSECONDS.toNanos(STEP_US);
        for (int i = 0; i < nodes.size(); i++)
        {
            nodes.get(i).step(nowNs);
        }
    }

    void await(final String what, final BooleanSupplier condition)
    {
        final long deadlineNs = nowNs + DEADLINE_NS;
        while (!condition.getAsBoolean())
        {
            step();
            if (nowNs > deadlineNs)
            {
                fail("not within a minute: " + what);
            }
        }
    }

    void run(final long timeMs)
    {
        final long endNs = nowNs + TimeUnit.MILLISECONDS.toNanos(timeMs);
        while (nowNs < endNs)
        {
            step();
        }
    }

    /** Each knows of the others, and both streams both ways are open. */
    void connect(final LinkNode... all)
    {
        for (final LinkNode one : all)
        {
            for (final LinkNode other : all)
            {
                one.register(other);
            }
        }
        await("streams are open", () ->
        {
            boolean isConnected = true;
            for (final LinkNode one : all)
            {
                for (final LinkNode other : all)
                {
                    isConnected &= one == other || one.links().isConnected(other.brokerId());
                }
            }
            return isConnected;
        });
        await("hellos arrived", () -> List.of(all).stream()
            .allMatch((node) -> node.count("image") >= 2 * (all.length - 1)));
    }

    /** From here on errors that contain the text are part of the test. */
    void expect(final String text)
    {
        expected.add(text);
    }

    /** From here on drivers may say that a stream was rejected of which the beginning was not heard; links may not. */
    void expectJoinedLate()
    {
        expect("errorMessage=" + Refusal.JOINED_LATE.text());
    }

    @Override
    public void afterEach(final ExtensionContext context)
    {
        final List<String> unexpected = new ArrayList<>();
        for (final LinkNode node : nodes)
        {
            node.errors().stream()
                .filter((error) -> expected.stream().noneMatch(error::contains))
                .forEach(unexpected::add);
        }
        CloseHelper.closeAll(nodes);
        assertEquals(List.of(), unexpected, "errors");
        for (final Path directory : directories)
        {
            assertFalse(Files.exists(directory), () -> directory + " is left over");
        }
    }
}
