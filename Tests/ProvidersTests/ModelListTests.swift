import Testing

@testable import Providers

@Suite("14.61: lists of models") struct ModelListTests {
    private func read(_ json: String, _ kind: ProviderKind = .auto) -> ModelList? {
        ModelList(Array(json.utf8), configured: kind)
    }

    @Test func openRoutersRichEntries() throws {
        let list = try #require(
            read(
                #"""
                {"data":[
                  {"id":"acme/writer-2","canonical_slug":"acme/writer-2-20260501","name":"Acme: Writer 2",
                   "created":1777593600,"description":"General text model.","context_length":200000,
                   "architecture":{"modality":"text+image+file->text","input_modalities":["text","image","file"],
                     "output_modalities":["text"],"tokenizer":"Other","instruct_type":null},
                   "pricing":{"prompt":"0.000001","completion":"0.000005","image":"0","request":"0",
                     "web_search":"0.01","internal_reasoning":"0.000005","input_cache_read":"0.0000001",
                     "input_cache_write":"0.00000125","overrides":[{"min_prompt_tokens":128000,"prompt":"1"}]},
                   "top_provider":{"context_length":200000,"max_completion_tokens":64000,"is_moderated":false}},
                  {"id":"openrouter/auto","name":"Auto Router","created":1699401600,"context_length":2000000,
                   "architecture":{"modality":"text->text"},"pricing":{"prompt":"-1","completion":"-1"},
                   "top_provider":{"context_length":null,"max_completion_tokens":null}}
                ],"links":{"next":null},"total_count":2}
                """#))
        #expect(list.kind == .openRouter)
        #expect(list.models.map(\.id) == ["acme/writer-2", "openrouter/auto"])
        let writer = list.models[0]
        #expect(writer.name == "Acme: Writer 2")
        #expect(writer.description == "General text model.")
        #expect(writer.contextLength == 200_000)
        #expect(writer.maxOutputTokens == 64_000)
        #expect(writer.inputModalities == ["text", "image", "file"])
        #expect(writer.outputModalities == ["text"])
        #expect(writer.createdMs == 1_777_593_600_000)
        #expect(writer.prices?.prompt == 1_000_000_000)
        #expect(writer.prices?.completion == 5_000_000_000)
        #expect(writer.prices?.cacheRead == 100_000_000)
        #expect(writer.prices?.cacheWrite == 1_250_000_000)
        #expect(writer.prices?.varies == false)
        let auto = list.models[1]
        #expect(
            auto.prices
                == {
                    var prices = ModelPrices()
                    prices.varies = true
                    return prices
                }())
        #expect(auto.prices?.cost(of: TokenUsage(promptTokens: 1, completionTokens: 1)) == nil)
        #expect(auto.inputModalities == ["text"])
        #expect(auto.maxOutputTokens == nil)
    }

    @Test(
        "The poor entries of other servers, which tell the kind",
        arguments: [
            (
                #"{"object":"list","data":[{"id":"llama","object":"model","created":1,"owned_by":"vllm","#
                    + #""root":"/m","parent":null,"max_model_len":8192,"permission":[]}]}"#, .vllm,
                8_192
            ),
            (
                #"{"object":"list","data":[{"id":"llama","created":1,"owned_by":"library"}]}"#,
                .ollama, nil
            ),
            (
                #"{"object":"list","models":[{"name":"x"}],"data":[{"id":"llama","owned_by":"llamacpp","#
                    + #""meta":{"n_ctx_train":131072,"n_ctx":4096}}]}"#, .llamaCpp, 4_096
            ),
            (#"{"data":[{"id":"llama","owned_by":"llamacpp","meta":null}]}"#, .llamaCpp, nil),
            (#"{"data":[{"id":"llama","owned_by":"someone"}]}"#, .compatible, nil),
            (#"{"data":[{"id":"llama"}]}"#, .compatible, nil),
        ] as [(String, ProviderKind, Int?)])
    func poorEntries(json: String, kind: ProviderKind, context: Int?) throws {
        let list = try #require(read(json))
        #expect(list.kind == kind)
        let model = try #require(list.models.first)
        #expect(model.id == "llama" && model.name == "llama")
        #expect(model.contextLength == context)
        #expect(model.inputModalities == ["text"] && model.outputModalities == ["text"])
        #expect(model.prices == nil)
        #expect(self.read(json, .openAI)?.kind == .openAI, "what is configured wins")
    }

    @Test func nullIsAnEmptyList() throws {
        #expect(read(#"{"object":"list","data":null}"#)?.models == [])
        #expect(read(#"{"data":[]}"#)?.models == [])
    }

    @Test(arguments: ["", "null", "[]", "{}", #"{"data":7}"#, "Ollama is running", "<html>"])
    func whatIsNoListIsRefused(json: String) {
        #expect(read(json) == nil)
    }

    @Test func brokenEntriesAndDuplicatesAreLeftOut() throws {
        let list = try #require(
            read(
                #"{"data":[null,7,"x",{},{"id":null},{"id":""},{"id":"a","name":"first"},"#
                    + #"{"id":"a","name":"second"},{"id":"b","name":null,"created":-5,"context_length":"8192","#
                    + #""architecture":7,"pricing":[],"top_provider":null,"description":false}]}"#))
        #expect(list.models.map(\.id) == ["a", "b"])
        #expect(list.models[0].name == "first")
        #expect(list.models[1].contextLength == 8_192)
        #expect(list.models[1].createdMs == nil)
    }

    @Test func aNameHasNothingThatCannotBeSeen() {
        let entry = #"{"data":[{"id":"a","name":"Wri\u0000ter\u202e 2\u0007"}]}"#
        #expect(read(entry)?.models[0].name == "Writer 2")
    }

    @Test func unknownModalitiesAreKept() throws {
        let list = try #require(
            read(
                #"{"data":[{"id":"a","architecture":{"input_modalities":["smell"],"output_modalities":[]}},"#
                    + #"{"id":"b","architecture":{"modality":"text+audio->audio"}}]}"#))
        #expect(list.models[0].inputModalities == ["smell"])
        #expect(list.models[0].outputModalities == ["text"])
        #expect(list.models[1].inputModalities == ["text", "audio"])
        #expect(list.models[1].outputModalities == ["audio"])
    }

    @Test(
        "Prices as text, numbers, with exponents, empty or null",
        arguments: [
            (#"{"prompt":"0","completion":"0"}"#, 0, 0),
            (#"{"prompt":0.000001,"completion":5e-06}"#, 1_000_000_000, 5_000_000_000),
            (#"{"prompt":"1e-7","completion":"0.00000012345678901234"}"#, 100_000_000, 123_456_789),
            (#"{"prompt":"","completion":"0.000001"}"#, nil, 1_000_000_000),
            (#"{"prompt":null,"completion":"0.000001"}"#, nil, 1_000_000_000),
        ] as [(String, Int64?, Int64?)])
    func prices(json: String, prompt: Int64?, completion: Int64?) throws {
        let list = try #require(read(#"{"data":[{"id":"a","pricing":\#(json)}]}"#))
        #expect(list.models.first?.prices == ModelPrices(prompt: prompt, completion: completion))
    }

    @Test(arguments: [#"{}"#, #"{"prompt":"","completion":null}"#, #"{"prompt":"free"}"#, "null"])
    func noPrices(json: String) throws {
        let list = try #require(read(#"{"data":[{"id":"a","pricing":\#(json)}]}"#))
        #expect(list.models.first?.prices == nil)
    }

    @Test func severalMegabytes() throws {
        let entry =
            #"{"id":"m/NUMBER","description":"\#(String(repeating: "long ", count: 1_000))"}"#
        let entries = (1...600).map { entry.replacing("NUMBER", with: "\($0)") }
        let list = try #require(read(#"{"data":[\#(entries.joined(separator: ","))]}"#))
        #expect(list.models.count == 600)
    }
}
