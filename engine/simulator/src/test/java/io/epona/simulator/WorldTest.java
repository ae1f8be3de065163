package io.epona.simulator;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class WorldTest
{
    @Test
    void shouldTakeEventsByTimeAndThenInTheOrderOfScheduling()
    {
        final World world = new World(1);
        final List<String> taken = new ArrayList<>();
        world.at(20, "c", () -> taken.add("c" + world.nowNs()));
        world.at(10, "a", () -> taken.add("a" + world.nowNs()));
        world.at(10, "b", () ->
        {
            taken.add("b" + world.nowNs());
            world.after(0, "d", () -> taken.add("d" + world.nowNs()));
        });
        while (world.step())
        {
            assertTrue(world.nowNs() <= 20);
        }

        assertEquals(List.of("a10", "b10", "d10", "c20"), taken);
        assertEquals(4, world.eventCount());
    }

    @Test
    void shouldNotTakeCancelledEvents()
    {
        final World world = new World(1);
        final List<String> taken = new ArrayList<>();
        final Event cancelled = world.at(10, "a", () -> taken.add("a"));
        world.at(11, "b", () -> taken.add("b"));
        cancelled.cancel();
        assertFalse(cancelled.isPending());
        world.runUntil(10);
        assertEquals(List.of(), taken);
        assertEquals(10, world.nowNs());
        world.runUntil(30);
        assertEquals(List.of("b"), taken);
        assertEquals(30, world.nowNs());
        assertFalse(world.step());
    }

    @Test
    void shouldRefuseEventsInThePast()
    {
        final World world = new World(1);
        world.runUntil(5);
        assertThrows(IllegalArgumentException.class, () -> world.at(4, "late", () -> {}));
    }

    @Test
    void shouldCheckAfterEachEvent()
    {
        final World world = new World(1);
        final List<Long> checked = new ArrayList<>();
        world.afterEach(() -> checked.add(world.nowNs()));
        world.at(3, "a", () -> {});
        world.at(7, "b", () -> {});
        world.runUntil(10);
        assertEquals(List.of(3L, 7L), checked);
    }

    @Test
    void shouldHashWhatHappensAndNotWhatIsRead()
    {
        final List<String> lines = new ArrayList<>();
        final long read = hashOf(new World(7, (nowNs, line) -> lines.add(nowNs + " " + line)), 3);
        assertEquals(List.of("5 sent 1 2 3", "5 for the reader"), lines);
        assertEquals(read, hashOf(new World(7), 3));
        assertNotEquals(read, hashOf(new World(7), 4));
        assertNotEquals(read, hashOf(new World(8), 3));
    }

    private static long hashOf(final World world, final long number)
    {
        world.at(5, "send", () ->
        {
            world.trace().add("sent", 1, 2, number);
            world.trace().note("for the reader");
        });
        world.runUntil(10);

        return world.trace().hash();
    }

    @Test
    void shouldHashEveryByteThatMoves()
    {
        final UnsafeBuffer buffer = new UnsafeBuffer(new byte[32]);
        final long before = hashOf(buffer);
        for (int i = 8; i < 27; i++)
        {
            buffer.putByte(i, (byte)1);
            assertNotEquals(before, hashOf(buffer));
            buffer.putByte(i, (byte)0);
        }
        buffer.putByte(27, (byte)1);
        assertEquals(before, hashOf(buffer));
    }

    private static long hashOf(final UnsafeBuffer buffer)
    {
        final Trace trace = new Trace(1, null);
        trace.addBytes(buffer, 8, 19);

        return trace.hash();
    }

    @Test
    void shouldGiveNumbersByWhatTheyAreFor()
    {
        final World world = new World(7);
        final Site site = world.site("disk", "fate");
        assertSame(site, world.site("disk", "fate"));
        final long first = site.nextLong();
        final long second = site.nextLong();
        assertNotEquals(first, second);

        // Who else asks, and how often, changes nothing.
        final World other = new World(7);
        other.site("disk", "delay").nextLong();
        other.site("net", "fate").nextLong();
        assertEquals(first, other.site("disk", "fate").nextLong());
        other.site("disk", "delay").nextLong();
        assertEquals(second, other.site("disk", "fate").nextLong());
        assertNotEquals(first, new World(8).site("disk", "fate").nextLong());
        assertEquals(
            second, KeyedRandom.at(7, KeyedRandom.key("disk"), KeyedRandom.key("fate"), 1));
    }

    @Test
    void shouldDrawFromTheWholeRange()
    {
        final Site site = new World(3).site("test", "range");
        final int[] counts = new int[5];
        int heads = 0;
        int rare = 0;
        double sum = 0;
        for (int i = 0; i < 10_000; i++)
        {
            counts[site.between(2, 6) - 2]++;
            heads += site.nextBoolean() ? 1 : 0;
            rare += site.chance(0.01) ? 1 : 0;
            sum += site.exponential(1_000_000);
            final long between = site.between(10L, 20L);
            assertTrue(between >= 10 && between < 20);
        }
        for (final int count : counts)
        {
            assertEquals(2000, count, 200);
        }
        assertEquals(5000, heads, 200);
        assertEquals(100, rare, 50);
        assertEquals(1_000_000, sum / 10_000, 50_000);
    }

    @Test
    void shouldRunClocksAheadAndFast()
    {
        final World world = new World(1);
        final SimClock clock = new SimClock(world, -5 * World.MS, 1.001);
        assertEquals(SimClock.WORLD_EPOCH_NS - 5 * World.MS, clock.nowNs());
        world.runUntil(World.SECOND);
        assertEquals(SimClock.WORLD_EPOCH_NS - 5 * World.MS + 1001 * World.MS, clock.nowNs(), 1);
    }
}
