package io.epona.loadgen.driver;

import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import java.util.stream.Stream;

/**
 * Finds the systems of others that {@code loadgen/peers} was built with. They are no part of this program: their
 * drivers and everything below these lie in that module's build folder and get a class loader of their own, which
 * sees of this program only what the drivers are written against.
 */
public final class Peers
{
    /** System property: folder that holds {@code epona-peers.jar} and {@code lib}. */
    public static final String DIR_PROPERTY = "loadgen.peers";
    /** Drivers that are peers. */
    public static final List<String> NAMES = List.of("chronicle", "kafka");
    /**
     * Packages that peers reach by reflection, as their makers' documents ask for. The manifest of this program's jar
     * opens the same.
     */
    public static final List<String> OPENS = List.of(
        "java.base/jdk.internal.misc",
        "java.base/jdk.internal.ref",
        "java.base/java.io",
        "java.base/java.lang",
        "java.base/java.lang.reflect",
        "java.base/java.nio",
        "java.base/java.util",
        "java.base/sun.nio.ch");

    private static final String JAR = "epona-peers.jar";
    private static final String LIB = "lib";

    private Peers()
    {
    }

    /**
     * @param name of a peer.
     * @return the peer.
     * @throws DriverException where it was not built.
     */
    public static Peer load(final String name)
    {
        final Loader loader = new Loader(urls());
        for (final Peer peer : ServiceLoader.load(Peer.class, loader))
        {
            if (name.equals(peer.name()))
            {
                return peer;
            }
        }

        throw new DriverException(dir() + " holds no driver '" + name + "': build it anew");
    }

    /**
     * @return paths of all jars of the peers, that of the drivers first.
     * @throws DriverException where they were not built.
     */
    public static List<Path> jars()
    {
        final Path dir = dir();
        final List<Path> jars = new ArrayList<>();
        jars.add(dir.resolve(JAR));
        if (!Files.isRegularFile(jars.get(0)) || !Files.isDirectory(dir.resolve(LIB)))
        {
            throw new DriverException("the drivers " + String.join(" and ", NAMES) + " are built on demand, as they " +
                "download what they drive, and " + dir + " does not hold them. In the project's folder: " +
                "mvn -q -DskipTests -Ppeers package");
        }

        try (Stream<Path> libraries = Files.list(dir.resolve(LIB)))
        {
            libraries.filter((file) -> file.toString().endsWith(".jar")).sorted().forEach(jars::add);
        }
        catch (final IOException ex)
        {
            throw new DriverException("cannot read " + dir + ": " + ex.getMessage(), ex);
        }

        return jars;
    }

    private static Path dir()
    {
        final String asked = System.getProperty(DIR_PROPERTY);
        if (null != asked)
        {
            return Path.of(asked);
        }

        try
        {
            // loadgen/target/epona-loadgen.jar, or loadgen/target/classes: beside it lies loadgen/peers.
            final Path code = Path.of(Peers.class.getProtectionDomain().getCodeSource().getLocation().toURI());
            return code.getParent().resolveSibling("peers").resolve("target");
        }
        catch (final URISyntaxException ex)
        {
            throw new DriverException("this program does not know where it lies; say -D" + DIR_PROPERTY + "=DIR", ex);
        }
    }

    private static URL[] urls()
    {
        final List<URL> urls = new ArrayList<>();
        for (final Path jar : jars())
        {
            try
            {
                urls.add(jar.toUri().toURL());
            }
            catch (final MalformedURLException ex)
            {
                throw new IllegalStateException("a file has a URL", ex);
            }
        }

        return urls.toArray(new URL[0]);
    }

    /**
     * Takes the drivers' interface and what stands in it from this program, all else from the peers' jars.
     */
    private static final class Loader extends URLClassLoader
    {
        private static final String OWN = "io.epona.loadgen.peers.";
        private static final List<String> SHARED = List.of("io.epona.", "org.agrona.");

        private Loader(final URL[] urls)
        {
            super("peers", urls, ClassLoader.getPlatformClassLoader());
        }

        @Override
        protected Class<?> loadClass(final String name, final boolean resolve) throws ClassNotFoundException
        {
            if (!name.startsWith(OWN) && SHARED.stream().anyMatch(name::startsWith))
            {
                return Peers.class.getClassLoader().loadClass(name);
            }

            return super.loadClass(name, resolve);
        }
    }
}
