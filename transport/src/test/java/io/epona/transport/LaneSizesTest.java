package io.epona.transport;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.file.Path;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class LaneSizesTest
{
    private static final int STOCK_KERNEL = 212_992;

    @ParameterizedTest
    @CsvSource({ "1408", "8192" })
    void shouldWorkWithTheSocketBuffersOfAStockKernel(final int mtu)
    {
        final LaneSizes sizes = LaneSizes.udp(LaneSizes.DEFAULT_MAX_MESSAGE_LENGTH, mtu, STOCK_KERNEL);
        assertTrue(sizes.windowLength() <= sizes.socketBufferLength());
        assertEquals(STOCK_KERNEL, sizes.socketBufferLength());
        assertEquals(0, sizes.windowLength() & 31);
    }

    @Test
    void shouldRefuseWhatTheSystemCannotHoldWithTheRemedy()
    {
        final IllegalArgumentException ex = assertThrows(
            IllegalArgumentException.class, () -> LaneSizes.udp(1024 * 1024, 8192, STOCK_KERNEL));
        assertTrue(ex.getMessage().contains("sysctl -w net.core.rmem_max="), ex.getMessage());
    }

    @ParameterizedTest
    @CsvSource({ "1024", "131072", "1000000", "2097152" })
    void shouldHoldTheLongestMessageInAnEighthOfATerm(final int maxMessageLength)
    {
        assertTrue(LaneSizes.ipc(maxMessageLength).dataTermLength() / 8 >= maxMessageLength);
        final LaneSizes sizes = LaneSizes.udp(maxMessageLength, 8192, 16 * 1024 * 1024);
        assertTrue(sizes.dataTermLength() / 8 >= maxMessageLength);
        assertTrue(sizes.windowLength() >= maxMessageLength + 8192);
    }

    @ParameterizedTest
    @CsvSource({ "1000,8192", "3000000,8192", "131072,100", "131072,8001", "131072,65536" })
    void shouldRefuseLengthsOutOfRange(final int maxMessageLength, final int mtu)
    {
        assertThrows(
            IllegalArgumentException.class, () -> LaneSizes.udp(maxMessageLength, mtu, 16 * 1024 * 1024));
    }

    @Test
    void shouldKnowLoopback()
    {
        assertEquals(LaneSizes.LOOPBACK_MTU, LaneSizes.mtuFor("127.0.0.1"));
        assertEquals(LaneSizes.NETWORK_MTU, LaneSizes.mtuFor("192.0.2.1"));
    }

    @Test
    void shouldRefuseTooLittleSharedMemoryWithBothFiguresAndTheRemedy()
    {
        final IllegalStateException ex = assertThrows(IllegalStateException.class, () ->
            AeronTransport.checkSharedMemory(Path.of(System.getProperty("java.io.tmpdir")), Long.MAX_VALUE));
        assertTrue(ex.getMessage().contains(Long.toString(Long.MAX_VALUE)), ex.getMessage());
        assertTrue(ex.getMessage().contains("--shm-size"), ex.getMessage());
    }
}
