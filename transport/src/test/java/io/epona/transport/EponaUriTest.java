package io.epona.transport;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class EponaUriTest
{
    @Test
    void shouldParseEveryForm()
    {
        final EponaUri udp = EponaUri.parse("epona:udp?endpoint=a:1,[::1]:9092&dir=/dev/shm/x");
        assertEquals(EponaUri.Media.UDP, udp.media());
        assertEquals(
            List.of(new EponaUri.Endpoint("a", 1), new EponaUri.Endpoint("::1", 9092)), udp.endpoints());
        assertEquals("/dev/shm/x", udp.aeronDirectoryName());
        assertNull(EponaUri.parse("epona:udp?endpoint=127.0.0.1:9092").aeronDirectoryName());
        assertEquals("/d", EponaUri.parse("epona:ipc?dir=/d").aeronDirectoryName());
        assertEquals("broker-1", EponaUri.parse("epona:inproc?name=broker-1").name());
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "epona:udp?endpoint=a:1,b:2", "epona:udp?endpoint=[::1]:1&dir=/d", "epona:ipc?dir=/d", "epona:inproc?name=n" })
    void shouldPrintWhatItParses(final String uri)
    {
        assertEquals(uri, EponaUri.parse(uri).toString());
        assertEquals(EponaUri.parse(uri), EponaUri.bootstrap(uri, null));
    }

    @Test
    void shouldTakeTheShortFormsOfCommands()
    {
        assertEquals(EponaUri.parse("epona:udp?endpoint=a:1,b:2"), EponaUri.bootstrap("a:1,b:2", null));
        assertEquals(EponaUri.parse("epona:ipc?dir=/d"), EponaUri.bootstrap("ipc", "/d"));
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "", "kafka://a:1", "epona:", "epona:tcp?endpoint=a:1", "epona:udp", "epona:udp?", "epona:udp?endpoint=",
        "epona:udp?endpoint=a", "epona:udp?endpoint=a:", "epona:udp?endpoint=a:0", "epona:udp?endpoint=a:65534",
        "epona:udp?endpoint=a:x", "epona:udp?endpoint=a:1,", "epona:udp?endpoint=::1:5",
        "epona:udp?endpoint=a:1|alias=x", "epona:udp?endpoint=a:1&endpoint=b:2", "epona:udp?endpoint=a:1&mtu=9",
        "epona:ipc", "epona:ipc?dir=", "epona:ipc?name=x", "epona:ipc?dir=/a&dir=/b", "epona:inproc",
        "epona:inproc?name=", "epona:inproc?name=a/b" })
    void shouldSayWhatIsWrongAndWhichFormsThereAre(final String uri)
    {
        final IllegalArgumentException ex =
            assertThrows(IllegalArgumentException.class, () -> EponaUri.parse(uri));
        assertTrue(ex.getMessage().contains("'" + uri + "'"), ex.getMessage());
        assertTrue(ex.getMessage().contains("epona:udp?endpoint=host:port"), ex.getMessage());
    }

    @ParameterizedTest
    @ValueSource(strings = { "", "host", "ipc:", "a:1;b:2", "a b:1" })
    void shouldRefuseWrongShortForms(final String text)
    {
        final IllegalArgumentException ex =
            assertThrows(IllegalArgumentException.class, () -> EponaUri.bootstrap(text, "/d"));
        assertTrue(ex.getMessage().contains("host:port[,host:port]"), ex.getMessage());
    }
}
