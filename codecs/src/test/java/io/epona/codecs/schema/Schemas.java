package io.epona.codecs.schema;

import org.xml.sax.InputSource;
import uk.co.real_logic.sbe.ir.Ir;
import uk.co.real_logic.sbe.ir.Signal;
import uk.co.real_logic.sbe.ir.Token;
import uk.co.real_logic.sbe.xml.IrGenerator;
import uk.co.real_logic.sbe.xml.ParserOptions;
import uk.co.real_logic.sbe.xml.XmlSchemaParser;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The schemas of the project, parsed from the files that the build generates the codecs from.
 */
public final class Schemas
{
    /** Names of the schemas, in the order of their ids. */
    static final List<String> NAMES = List.of("log", "client", "replication", "cluster", "group");

    private static final Path DIRECTORY = Path.of("src", "main", "resources", "sbe");

    private Schemas()
    {
    }

    static Ir parse(final String name) throws Exception
    {
        final ParserOptions options = ParserOptions.builder()
            .stopOnError(true)
            .warningsFatal(true)
            .xIncludeAware(true)
            .build();
        final InputSource source = new InputSource(DIRECTORY.resolve(name + ".xml").toUri().toString());

        return new IrGenerator().generate(XmlSchemaParser.parse(source, options));
    }

    /**
     * All messages of all schemas.
     *
     * @return the messages in the order of the schemas.
     * @throws Exception where a schema cannot be parsed.
     */
    public static List<Message> messages() throws Exception
    {
        final List<Message> messages = new ArrayList<>();
        for (final String name : NAMES)
        {
            final Ir ir = parse(name);
            for (final List<Token> tokens : ir.messages())
            {
                messages.add(new Message(name, ir.applicableNamespace(), ir.id(), ir.version(), tokens));
            }
        }

        return messages;
    }

    /**
     * One message.
     *
     * @param schema    name of the file without its ending.
     * @param namespace package of the generated codecs.
     * @param schemaId  of the schema.
     * @param version   of the schema.
     * @param tokens    of the message, from its begin to its end.
     */
    public record Message(String schema, String namespace, int schemaId, int version, List<Token> tokens)
    {
        /**
         * @return name of the message.
         */
        public String name()
        {
            return tokens.get(0).name();
        }

        /**
         * @return template id of the message.
         */
        public int templateId()
        {
            return tokens.get(0).id();
        }

        /**
         * @return length of the fixed block in bytes.
         */
        public int blockLength()
        {
            return tokens.get(0).encodedLength();
        }

        /**
         * @return names of all fields, groups and data, those of groups behind the name of the group and a dot.
         */
        public List<String> fieldNames()
        {
            final List<String> names = new ArrayList<>();
            final List<String> path = new ArrayList<>();
            for (final Token token : tokens)
            {
                final String prefix = path.isEmpty() ? "" : String.join(".", path) + ".";
                switch (token.signal())
                {
                    case BEGIN_FIELD, BEGIN_VAR_DATA -> names.add(prefix + token.name());
                    case BEGIN_GROUP -> path.add(token.name());
                    case END_GROUP -> path.remove(path.size() - 1);
                    default ->
                    {
                    }
                }
            }

            return names;
        }

        Object newFlyweight(final String suffix) throws ReflectiveOperationException
        {
            return Class.forName(namespace + "." + name() + suffix).getConstructor().newInstance();
        }

        boolean hasFixedBlockOnly()
        {
            return tokens.stream().noneMatch(
                (token) -> Signal.BEGIN_GROUP == token.signal() || Signal.BEGIN_VAR_DATA == token.signal());
        }

        @Override
        public String toString()
        {
            return schema + "/" + name();
        }
    }
}
