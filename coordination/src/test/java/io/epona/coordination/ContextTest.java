package io.epona.coordination;

import io.epona.codecs.ResultCode;
import io.epona.coordination.CuratorCoordination.Context;
import io.epona.engine.EngineException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class ContextTest
{
    @Test
    void shouldHaveDefaults()
    {
        final Context ctx = new Context().conclude();
        assertEquals("localhost:2181", ctx.connectString());
        assertEquals("epona", ctx.cluster());
        assertEquals(12_000, ctx.sessionTimeoutMs());
        assertEquals(5_000, ctx.connectionTimeoutMs());
        assertEquals(4_096, ctx.maxPendingCalls());
        assertThrows(IllegalStateException.class, ctx::conclude);
    }

    @Test
    void shouldLowerTheConnectionTimeoutWithTheSessions()
    {
        assertEquals(2_000, new Context().sessionTimeoutMs(2_000).conclude().connectionTimeoutMs());
    }

    @Test
    void shouldReadSystemProperties()
    {
        System.setProperty(Context.SESSION_TIMEOUT_PROPERTY, "18000");
        try
        {
            assertEquals(18_000, new Context().conclude().sessionTimeoutMs());
            assertEquals(6_000, new Context().sessionTimeoutMs(6_000).conclude().sessionTimeoutMs());
            System.setProperty(Context.SESSION_TIMEOUT_PROPERTY, "18s");
            assertInvalid(Context.SESSION_TIMEOUT_PROPERTY, new Context());
        }
        finally
        {
            System.clearProperty(Context.SESSION_TIMEOUT_PROPERTY);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "", "host", "host:port", "host:2181/", "host:2181/a//b", "host:2181/..", "host:2181/a b", "host:2181/zookeeper",
        "host:2181/zookeeper/quota", "host:2181,", "a:1 b:2", "user@host:2181", ":secret@host:2181", "user:@host:2181"})
    void shouldRefuseAConnectString(final String connectString)
    {
        assertInvalid(Context.CONNECT_PROPERTY, new Context().connectString(connectString));
    }

    @ParameterizedTest
    @CsvSource({
        "host:2181, , host:2181, /epona",
        "a:1;b:2/chroot, , a:1;b:2, /chroot/epona",
        "[::1]:2181/a/b.c/..d, , [::1]:2181, /a/b.c/..d/epona",
        "user:p:w@/x@a:1;b:2, user:p:w@/x, a:1;b:2, /epona",
        "user:pass@a:1/zookeepers, user:pass, a:1, /zookeepers/epona",
    })
    void shouldTakePathAndCredentialsFromAConnectString(
        final String connectString, final String credentials, final String servers, final String root)
    {
        final Context ctx = new Context().connectString(connectString.replace(';', ',')).conclude();
        assertEquals(credentials, ctx.address().credentials());
        assertEquals(servers.replace(';', ','), ctx.address().servers());
        assertEquals(root, ctx.root());
    }

    @Test
    void shouldNotShowAPassword()
    {
        final EngineException ex = assertThrows(
            EngineException.class, new Context().connectString("user:secret@host")::conclude);
        assertFalse(ex.getMessage().contains("secret"), ex.getMessage());
        assertEquals("***@a:1/b", ConnectString.parse("user:secret@a:1/b").toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".", "..", "a/b", "zookeeper", "a b"})
    void shouldRefuseACluster(final String cluster)
    {
        assertInvalid(Context.CLUSTER_PROPERTY, new Context().cluster(cluster));
    }

    @Test
    void shouldRefuseNumbersOutOfRange()
    {
        assertInvalid(Context.SESSION_TIMEOUT_PROPERTY, new Context().sessionTimeoutMs(999));
        assertInvalid(
            Context.CONNECTION_TIMEOUT_PROPERTY, new Context().sessionTimeoutMs(6_000).connectionTimeoutMs(6_001));
        assertInvalid(Context.MAX_PENDING_CALLS_PROPERTY, new Context().maxPendingCalls(0));
    }

    private static void assertInvalid(final String property, final Context ctx)
    {
        final EngineException ex = assertThrows(EngineException.class, ctx::conclude);
        assertEquals(ResultCode.INVALID_CONFIG, ex.code());
        assertTrue(ex.getMessage().startsWith(property + " = "), ex.getMessage());
    }
}
