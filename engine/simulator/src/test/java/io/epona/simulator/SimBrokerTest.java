package io.epona.simulator;

import io.epona.engine.node.ClusterNode;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

class SimBrokerTest implements BrokerListener
{
    private final World world = new World(23);
    private final List<String> events = new ArrayList<>();
    private SimCluster cluster;
    private SimBroker broker;
    private int cycles;

    @BeforeEach
    void makeCluster()
    {
        cluster = new SimCluster(
            world, 3, ZkSettings.healthy(), NetSettings.healthy(), (context) -> context, this);
        broker = cluster.broker(1);
    }

    @Override
    public void onStarted(final int brokerId, final ClusterNode node)
    {
        events.add("started " + brokerId);
    }

    @Override
    public void onEnded(final int brokerId, final boolean isInOrder)
    {
        events.add((isInOrder ? "stopped " : "ended ") + brokerId);
    }

    @Override
    public void onCycle(final int brokerId, final ClusterNode node)
    {
        cycles++;
    }

    @Override
    public void onAppendDecided(
        final int brokerId,
        final long topicId,
        final int partition,
        final long correlationId,
        final int code,
        final int leaderEpoch,
        final long baseOffset)
    {
        events.add("decided");
    }

    @Override
    public void onError(final int brokerId, final Throwable error)
    {
        events.add("error " + error);
    }

    @Override
    public void onCrash(final int brokerId, final Throwable error)
    {
        events.add("crash " + error.getMessage());
    }

    @Override
    public void onStorageLost(final int brokerId)
    {
        events.add("lost " + brokerId);
    }

    private void run(final long lengthNs)
    {
        world.runUntil(world.nowNs() + lengthNs);
    }

    @Test
    void shouldRunProcessesOneAfterTheOther()
    {
        assertFalse(broker.isResponsive());
        broker.start();
        broker.start();
        final ClusterNode first = broker.node();
        run(World.SECOND);
        assertSame(first, broker.node());
        assertTrue(cycles > 100, "cycles " + cycles);

        broker.kill(0);
        assertNull(broker.node());
        final int before = cycles;
        run(World.SECOND);
        assertEquals(before, cycles);
        broker.start();
        run(World.SECOND);
        assertNotSame(first, broker.node());
        assertEquals(List.of("started 1", "ended 1", "started 1"), events);
        assertEquals(2, broker.starts());
    }

    @Test
    void shouldStandStill()
    {
        broker.start();
        run(World.SECOND);
        broker.pause(2 * World.SECOND);
        assertFalse(broker.isResponsive());
        assertFalse(broker.run("test", () -> events.add("ran")));
        final int before = cycles;
        run(World.SECOND);
        broker.pause(World.MS);
        run(World.SECOND / 2);
        assertEquals(before, cycles);
        run(World.SECOND);
        assertTrue(cycles > before);
        assertTrue(broker.run("test", () -> events.add("ran")));
        assertEquals(List.of("started 1", "ran"), events);

        broker.pause(World.SECOND);
        broker.kill(0);
        broker.start();
        run(2 * World.SECOND);
        assertTrue(broker.isResponsive());
    }

    @Test
    void shouldEndWhatThrows()
    {
        broker.start();
        assertFalse(broker.run("test", () ->
        {
            throw new IllegalStateException("broken");
        }));
        assertNull(broker.node());
        assertEquals(List.of("started 1", "crash broken", "ended 1"), events);
    }

    @Test
    void shouldDieAtAnOperationOfItsDisk()
    {
        broker.start();
        run(World.SECOND);
        final SimStorage storage = broker.storage();
        broker.kill(2);
        assertNotNull(broker.node());
        assertFalse(broker.run("test", () ->
        {
            for (int i = 0; i < 4; i++)
            {
                events.add("op " + i);
                create(storage, i);
            }
        }));
        assertNull(broker.node());
        // Creating a file is two operations.
        assertEquals(List.of("started 1", "op 0", "op 1", "ended 1"), events);

        broker.start();
        broker.kill(1_000_000);
        run(World.SECOND);
        assertNull(broker.node(), "one that does nothing dies too");
    }

    private static void create(final SimStorage storage, final int i)
    {
        try
        {
            storage.create(Path.of("/data/f" + i), 1);
        }
        catch (final IOException ex)
        {
            throw new UncheckedIOException(ex);
        }
    }

    @Test
    void shouldLoseItsMemoryWithThePower() throws IOException
    {
        broker.start();
        create(broker.storage(), 7);
        broker.losePower();
        assertNull(broker.node());
        broker.wipe();
        broker.start();
        assertFalse(broker.storage().exists(Path.of("/data/f7")));
        assertEquals(List.of("started 1", "ended 1", "lost 1", "lost 1", "started 1"), events);
        broker.wipe();
        assertNotNull(broker.node(), "not beneath a process that runs");
    }

    @Test
    void shouldHaveNoRoomForAWhile()
    {
        broker.start();
        broker.fillDisk(World.SECOND);
        assertTrue(broker.disk().left() < 4096);
        run(2 * World.SECOND);
        assertTrue(broker.disk().left() > 1 << 30);
    }
}
