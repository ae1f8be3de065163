package io.epona.broker.replication;

import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class LinkSizesTest
{
    private static final int STOCK = 208 * 1024;

    @Test
    void shouldHoldTheLongestMessageInTermWindowAndSocket()
    {
        for (final int mtu : new int[]{ 1408, 8192, 65504 })
        {
            for (int longest = 1024; longest <= 2 * 1024 * 1024; longest *= 2)
            {
                final LinkSizes sizes = LinkSizes.derive(longest, mtu, 16 * 1024 * 1024);
                final int length = sizes.maxDataLength();
                assertTrue(length >= longest + LinkSizes.HEAD_LENGTH);
                assertTrue(length >= LinkSizes.RANGE_LENGTH + LinkSizes.HEAD_LENGTH);
                assertTrue(length <= sizes.dataTermLength() / 8);
                assertTrue(mtu <= sizes.dataTermLength() / 8);
                assertEquals(1, Integer.bitCount(sizes.dataTermLength()));
                assertTrue(sizes.dataWindowLength() >= length + mtu);
                assertTrue(sizes.dataWindowLength() <= sizes.dataTermLength() / 2);
                assertTrue(sizes.dataWindowLength() <= sizes.socketBufferLength());
                assertTrue(sizes.controlMtu() <= Math.min(mtu, LinkSizes.CONTROL_TERM_LENGTH / 8));
                assertTrue(sizes.controlWindowLength() >= 2 * sizes.maxControlLength());
            }
        }
    }

    @Test
    void shouldFitAStockSystemByDefault()
    {
        final LinkSizes sizes = LinkSizes.derive(128 * 1024, 8192, STOCK);
        assertEquals(2 * 1024 * 1024, sizes.dataTermLength());
        assertEquals(STOCK, sizes.dataWindowLength());
        assertEquals(STOCK, sizes.socketBufferLength());
        assertEquals(2 * (3 * (2048 + 256) * 1024 + 2 * 4096), sizes.sharedMemoryLength());
    }

    @Test
    void shouldRefuseWhatTheSystemCannotHoldWithTheRemedy()
    {
        final IllegalArgumentException ex = assertThrows(
            IllegalArgumentException.class, () -> LinkSizes.derive(256 * 1024, 8192, STOCK));
        assertTrue(ex.getMessage().contains("lower max.message.bytes, or run: sysctl -w net.core.rmem_max="));
        assertThrows(IllegalArgumentException.class, () -> LinkSizes.derive(128 * 1024, 1400, STOCK));
        assertThrows(IllegalArgumentException.class, () -> LinkSizes.derive(128 * 1024, 480, STOCK));
    }
}
