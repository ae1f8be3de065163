package io.epona.coordination;

import org.slf4j.LoggerFactory;

/**
 * Keeps SLF4J, which Curator and ZooKeeper log through, from printing on standard error that it has found no back end:
 * to bring none is a choice. Where a back end is on the class path nothing is done, and it gets every message.
 * <p>
 * Any thread.
 */
final class QuietLogging
{
    private static final String PROVIDER_FILE = "META-INF/services/org.slf4j.spi.SLF4JServiceProvider";
    private static final String PROVIDER_PROPERTY = "slf4j.provider";
    private static final String VERBOSITY_PROPERTY = "slf4j.internal.verbosity";

    private QuietLogging()
    {
    }

    /**
     * Let SLF4J look for its back end now, silently where there is none. To be called before Curator is touched.
     */
    static void initialise()
    {
        if (hasProvider() || null != System.getProperty(VERBOSITY_PROPERTY))
        {
            return;
        }

        System.setProperty(VERBOSITY_PROPERTY, "ERROR");
        try
        {
            LoggerFactory.getILoggerFactory();
        }
        finally
        {
            System.clearProperty(VERBOSITY_PROPERTY);
        }
    }

    private static boolean hasProvider()
    {
        // SLF4J looks with the loader that loaded it.
        final ClassLoader loader = LoggerFactory.class.getClassLoader();
        return null != System.getProperty(PROVIDER_PROPERTY) ||
            null != (null == loader ?
            ClassLoader.getSystemResource(PROVIDER_FILE) : loader.getResource(PROVIDER_FILE));
    }
}
